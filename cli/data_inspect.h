/* `hone data inspect`: rows as the model sees them. Called by cli/cmd_data.c. */
#ifndef HONE_CLI_DATA_INSPECT_H
#define HONE_CLI_DATA_INSPECT_H

/* argv[0] is "inspect"; returns an exit status. */
int hone_data_inspect(int argc, char **argv);

#endif
