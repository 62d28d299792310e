/* SPDX-License-Identifier: MIT */
/* files: the few things that PID 1 does with paths, at start-up and at the end, without a heap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Puts the strings together. False (and an empty string) when they do not fit. */
#define files_join(buffer, size, ...) files_join_parts(buffer, size, __VA_ARGS__, (const char *)0)
bool files_join_parts(char *buffer, size_t size, ...) __attribute__((sentinel));
/* Writes the text in one write(2); the file must exist. 0 or -errno. */
int files_write(const char *path, const char *text);
/* Makes a folder and those above it. 0, also when it is there, or -errno. */
int files_make_folder(const char *path, mode_t mode);
/* The beginning of a file (all of it, for those of /proc), terminated, in memory of its own; NULL: errno says why. */
char *files_map(const char *path);
void files_unmap(char *text);
/* strstr(3), for short texts and a small program. */
char *files_find(char *text, const char *what);
/* Removes a folder and everything below it, as far as allowed; never follows a link. In cgroupfs, where files go with
 * their folder, that is: all empty groups.
 */
void files_remove_tree(int dir_fd, const char *name);
