#!/usr/bin/env bash
# 100 trainings of a random toy model, each stopped three times at random moments by SIGKILL or SIGTERM:
# the end must be byte-equal to the uninterrupted run. usage: train_stops.sh BUILD_DIR
set -eu
start=$(date +%s)
HONE_STOP_POINTS=100 CK_TIMEOUT_MULTIPLIER=100 CK_RUN_CASE=train_tiny "$1/tests/unit/test_train_tiny"
echo "$(nproc) processors, $(($(date +%s) - start)) s"
