/* Frames of playlists, tables, weather, ratings, works and films (datagen/frames_phone.c tells how). */
#include "datagen/words.h"

const hone_words hone_words_media[] = {
    { "f.playlist.v", "add {track} to <pl>|add {artist} to <pl>|add {music_item.art} to <pl>" },
    { "pl", "{playlist}" },
    { NULL, NULL }
};
