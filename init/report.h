/* SPDX-License-Identifier: MIT */
/* report: what PID 1 knows, for people who ask while there is no supervisor that answers: a file in the runtime folder, written by the
 * process that is about to become the next supervisor, so that PID 1 itself never waits for a disk.
 */
#pragma once

#include "state.h"

void report_write(const struct state *s);
