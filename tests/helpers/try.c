/* SPDX-License-Identifier: MIT */
/* try WHAT…: does each thing and prints "WHAT: ok" or "WHAT: ERRNAME", so that a policy can be seen from inside its cage.
 * With a last argument of "pause" it stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static long try_inet(void) {
        return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_unix(void) {
        return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long try_netlink(void) {
        return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static long try_packet(void) {
        return socket(AF_PACKET, SOCK_RAW, 0);
}

static long try_write_exec(void) {
        return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long try_make_exec(void) {
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long try_userns(void) {
        return unshare(CLONE_NEWUSER);
}

static long try_mountns(void) {
        return unshare(CLONE_NEWNS);
}

static long try_realtime(void) {
        struct sched_param p = { .sched_priority = 1 };

        return sched_setscheduler(0, SCHED_FIFO, &p);
}

static long try_suid(void) {
        char path[] = "/tmp/keel-try-XXXXXX";
        int fd = mkstemp(path), r = fd < 0 ? -1 : fchmod(fd, 04755), kept = errno;

        if (fd >= 0)
                (void)unlink(path);
        errno = kept;
        return r;
}

static long try_personality(void) {
        return personality(PER_LINUX32);
}

static long try_hostname(void) {
        return sethostname("tried", 5);
}

static long try_clock(void) {
        struct timeval t;

        (void)gettimeofday(&t, NULL);
        return settimeofday(&t, NULL);
}

static long try_module(void) {
        return syscall(SYS_init_module, "", 0, "");
}

static long try_kernel_log(void) {
        return syscall(SYS_syslog, 3, (char[64]){ 0 }, 64);
}

static long try_unknown(void) {
        return syscall(4000);
}

static long try_mkdir(void) {
        long r = mkdir("/tmp/keel-try-directory", 0700);
        int kept = errno;

        (void)rmdir("/tmp/keel-try-directory");
        errno = kept;
        return r;
}

static long try_chroot(void) {
        return chroot("/");
}

static const struct {
        const char *name;
        long (*run)(void);
} things[] = {
        { "inet", try_inet },
        { "unix", try_unix },
        { "netlink", try_netlink },
        { "packet", try_packet },
        { "write-exec", try_write_exec },
        { "make-exec", try_make_exec },
        { "userns", try_userns },
        { "mountns", try_mountns },
        { "realtime", try_realtime },
        { "suid", try_suid },
        { "personality", try_personality },
        { "hostname", try_hostname },
        { "clock", try_clock },
        { "module", try_module },
        { "kernel-log", try_kernel_log },
        { "unknown", try_unknown },
        { "mkdir", try_mkdir },
        { "chroot", try_chroot },
};

static void try(const char *name) {
        for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
                long r;

                if (strcmp(things[i].name, name) != 0)
                        continue;
                errno = 0;
                r = things[i].run();
                (void)printf("%s: %s\n", name, r >= 0 ? "ok" : strerrorname_np(errno));
                (void)fflush(stdout);
                return;
        }
        (void)printf("%s: what is that?\n", name);
}

int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], "pause") == 0)
                        (void)pause();
                else
                        try(argv[i]);
        return 0;
}
