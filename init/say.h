/* SPDX-License-Identifier: MIT */
/* say: PID 1's words, one line each on stderr, without stdio and without ever waiting for the reader. */
#pragma once

#include <stdint.h>

/* Writes "keel: ", the strings up to NULL, and a newline, as one write. Control characters become '?'. A line that
 * stderr cannot take at once (a full pipe, a stopped terminal) is lost: PID 1 does not wait. Keeps errno.
 */
void say_parts(const char *first, ...) __attribute__((sentinel));
#define say(...) say_parts(__VA_ARGS__, (const char *)0)

/* For use inside of say(): the text lives as long as the block around the call. */
#define SAY_NUMBER_MAX 24
#define SAY_NUMBER(n)  say_number((char[SAY_NUMBER_MAX]){ 0 }, (n))
const char *say_number(char buffer[SAY_NUMBER_MAX], int64_t number);
#define SAY_STATUS_MAX 48
#define SAY_STATUS(s)  say_status((char[SAY_STATUS_MAX]){ 0 }, (s))
/* A status of wait4(2) in words: "exited with 3", "was killed by SIGKILL". */
const char *say_status(char buffer[SAY_STATUS_MAX], int status);
/* An errno in words. */
#define SAY_ERRNO(e) say_errno((char[SAY_NUMBER_MAX]){ 0 }, (e))
const char *say_errno(char buffer[SAY_NUMBER_MAX], int error);
