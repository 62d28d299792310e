/* SPDX-License-Identifier: MIT */
/* sys: every system call that changes something outside of the supervisor passes here: the test seam.
 *
 * Each function is the call of its name, restarted on EINTR where its manual page allows, and returns 0 (or a value >= 0)
 * or -errno. They are weak symbols: a unit test defines its own of the same name and thereby fakes it. In builds with
 * KEEL_SEAM, sys_point() counts the calls and ends the process with SIGKILL at the N-th, for tests of the crash-only rule;
 * elsewhere it is nothing. The file KEEL_CRASH_PLAN has a line with N for each supervisor to come, and behind it the signal, if
 * it is not to be SIGKILL: the first line is taken off by the one that starts; no line, or 0: it lives.
 */
#pragma once

#include "macros.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef KEEL_SEAM
void sys_point(void);
#else
static inline void sys_point(void) { }
#endif

int sys_openat(int dir_fd, const char *path, int flags, mode_t mode); /* fd */
int sys_mkdirat(int dir_fd, const char *path, mode_t mode);
int sys_unlinkat(int dir_fd, const char *path, int flags);
int sys_symlinkat(const char *target, int dir_fd, const char *path);
int sys_renameat(int old_dir, const char *old_path, int new_dir, const char *new_path);
int sys_fchown(int fd, uid_t uid, gid_t gid);
int sys_fchmod(int fd, mode_t mode);
int sys_fchownat(int dir_fd, const char *path, uid_t uid, gid_t gid, int flags);
int sys_fchmodat(int dir_fd, const char *path, mode_t mode);
int sys_ftruncate(int fd, off_t length);
int sys_pipe2(int fds[2], int flags);
int sys_memfd_create(const char *name, unsigned flags); /* fd */
int sys_kill(pid_t pid, int signal);
int sys_pidfd_open(pid_t pid, unsigned flags); /* fd */
int sys_pidfd_send_signal(int pidfd, int signal);
/* Puts an fd that is kept for long above SYS_FD_SHELF: a child's table is copied up to there only, so spawning costs the same
 * with ten and with ten thousand of them. The fd's new number, close-on-exec; the old one when there is no room. */
#define SYS_FD_SHELF 256
int sys_shelve(int fd);
/* A second number for it, the lowest that is free, for a path of /proc/self/fd: what was looked up there stays in the kernel's
 * memory by its number until we have ended, and PID 1 pays for that when it reaps us. fd, close-on-exec. */
int sys_unshelve(int fd);
/* The other end of it: the lowest numbers are held while what stays open is opened, and free afterwards for what is opened for
 * one child only, so that a child has few fds to copy and to close. Once each. */
void sys_hold_low_fds(void);
void sys_release_low_fds(void);
/* Takes the fd (-1: nothing is done), which is closed when it is due: some files take long to close. */
void sys_close_later(int *fd);
void sys_close_due(void);
ssize_t sys_write(int fd, const void *data, size_t length);
ssize_t sys_read(int fd, void *data, size_t length);
ssize_t sys_pread(int fd, void *data, size_t length, off_t offset);
ssize_t sys_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t sys_recvmsg(int fd, struct msghdr *message, int flags);

/* Composites, each a few of the above. */
/* The whole content of a small file (at most limit bytes), terminated. 0, -EFBIG, -errno; the caller frees *ret. */
int sys_read_file(int dir_fd, const char *path, size_t limit, char **ret, size_t *ret_length);
/* The same for a regular file (/dev/null does, too; else -ENOTSUP, and nothing is waited for), which ends where a read ends short:
 * into this buffer when it has room, and *ret is NULL then. */
int sys_read_regular(int dir_fd, const char *path, char *buffer, size_t size, size_t limit, char **ret,
                     size_t *ret_length);
/* What is in this directory, read through an fd of its own (dir_fd may be an O_PATH one). 0 or -errno; the caller closes *ret. */
int sys_open_folder(int dir_fd, DIR **ret);
/* Writes the whole text in one write(2), as attributes of cgroupfs and procfs want it. The file must exist. */
int sys_write_file(int dir_fd, const char *path, const char *text);
/* mkdir -p; modes of existing ones are left alone. 0 or -errno. */
int sys_mkdir_parents(const char *path, mode_t mode);
