/* SPDX-License-Identifier: MIT */
/* scribble PID HOW: damages the supervisor's saved records, which that process (PID 1) keeps: "newest": the newest slot of each
 * record; "all": both; "heads": the heads of the places; "version": as if another version had laid it out. Knows the layout of
 * supervisor/service/record-store.c. How many places it has damaged is printed. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIT  128u
#define MAGIC 0x706c6163u

struct place {
        uint32_t magic;
        uint8_t units, owner;
        uint16_t reserved;
        int32_t pid;
        uint32_t reserved_too[5];
};
struct slot {
        uint64_t sequence;
        uint32_t length, checksum;
        unsigned char data[];
};

static int open_record(const char *pid) {
        char path[512], target[128];
        struct dirent *entry;
        DIR *dir;

        (void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
        dir = opendir(path);
        while (dir && (entry = readdir(dir))) {
                ssize_t n;

                (void)snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, entry->d_name);
                n = readlink(path, target, sizeof(target) - 1);
                target[n < 0 ? 0 : n] = 0;
                if (strncmp(target, "/memfd:keel-record", 18) == 0)
                        return open(path, O_RDWR | O_CLOEXEC);
        }
        return -1;
}

static struct slot *slot_of(struct place *p, unsigned which) {
        return (struct slot *)(void *)((unsigned char *)(p + 1) + which * ((p->units * UNIT - sizeof(*p)) / 2));
}

static void damage(struct place *p, const char *how) {
        unsigned newest = slot_of(p, 0)->sequence > slot_of(p, 1)->sequence ? 0 : 1;

        if (strcmp(how, "heads") == 0)
                p->magic ^= 0xff;
        for (unsigned i = 0; i < 2; i++)
                if (strcmp(how, "all") == 0 || (strcmp(how, "newest") == 0 && i == newest))
                        slot_of(p, i)->data[1] ^= 0x10;
}

int main(int argc, char **argv) {
        unsigned damaged = 0;
        unsigned char *memory;
        struct stat st;
        int fd = argc == 3 ? open_record(argv[1]) : -1;

        if (fd < 0 || fstat(fd, &st) < 0)
                return 1;
        memory = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED)
                return 1;
        if (strcmp(argv[2], "version") == 0) {
                memory[8] ^= 0x40;
                (void)puts("1");
                return 0;
        }
        for (size_t at = 0; at + UNIT <= (size_t)st.st_size && at < 16u << 20; at += UNIT) {
                struct place *p = (struct place *)(void *)(memory + at);

                if (p->magic != MAGIC || p->owner == 0)
                        continue;
                damage(p, argv[2]);
                damaged++;
        }
        (void)printf("%u\n", damaged);
        return 0;
}
