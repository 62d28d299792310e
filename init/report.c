/* SPDX-License-Identifier: MIT */
/* report: see report.h. One line per fact, "name value". */
#include "report.h"

#include "files.h"
#include "say.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void report_write(const struct state *s) {
        char path[sizeof(s->runtime_dir) + sizeof("/supervisor")], text[512];
        const char *folder = s->tells_runtime_dir ? s->runtime_dir : "/run/keel";
        int fd;

        if (!files_join(path, sizeof(path), folder, "/supervisor"))
                return;
        (void)files_make_folder(folder, 0755);
        if (!files_join(text, sizeof(text), "init-pid ", SAY_NUMBER(getppid()), "\nstarts ",
                        SAY_NUMBER(s->child.runs + 1), "\nfailures ", SAY_NUMBER(s->child.failures), "\nlast ",
                        s->child.runs ? SAY_STATUS(s->child.last_status) : "none", "\nkept-fds ",
                        SAY_NUMBER(s->keep.count), "\nunacknowledged-exits ", SAY_NUMBER(s->ledger.count),
                        "\nlost-exits ", SAY_NUMBER((int64_t)s->ledger.dropped), "\n"))
                return;
        (void)unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
                return;
        (void)!write(fd, text, strlen(text));
        (void)close(fd);
}
