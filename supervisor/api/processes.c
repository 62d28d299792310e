/* SPDX-License-Identifier: MIT */
/* processes: a unit's processes as its cgroup (or mark) and /proc show them. Read-only. */
#include "api-private.h"

#include "base/sys.h"

#define COMMAND_LINE_MAX 4096u

struct process {
        pid_t pid, parent;
        char name[64];
        char *command; /* "/usr/sbin/nginx -g daemon off;"; owned */
        char *group; /* "/system.slice/nginx.service"; owned */
};

static void process_free(struct process *p) {
        free(p->command);
        free(p->group);
}

/* "1234 (name) S 1 …": the name may hold anything, also ')'. */
static int read_stat(struct process *p) {
        owned_str path = text_printf("/proc/%d/stat", (int)p->pid);
        owned_str text = NULL;
        char *begin, *end;
        int r = path ? sys_read_file(AT_FDCWD, path, 4096, &text, NULL) : -ENOMEM;

        if (r < 0)
                return r;
        begin = strchr(text, '(');
        end = strrchr(text, ')');
        if (!begin || !end || end < begin || strlen(end) < 5)
                return -EBADMSG;
        (void)snprintf(p->name, sizeof(p->name), "%.*s", (int)(end - begin - 1), begin + 1);
        make_printable(p->name, strlen(p->name));
        p->parent = (pid_t)strtol(end + 4, NULL, 10);
        return 0;
}

/* "[name]" for those without. */
static int read_command(struct process *p) {
        owned_str path = text_printf("/proc/%d/cmdline", (int)p->pid);
        owned_str text = calloc(1, COMMAND_LINE_MAX);
        owned_fd fd = path ? sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -ENOMEM;
        ssize_t length;

        if (!text)
                return -ENOMEM;
        if (fd < 0)
                return fd;
        length = sys_read(fd, text, COMMAND_LINE_MAX - 1);
        while (length > 0 && text[length - 1] == '\0')
                length--;
        if (length <= 0) {
                p->command = text_printf("[%s]", p->name);
                return p->command ? 0 : -ENOMEM;
        }
        for (ssize_t i = 0; i < length; i++)
                if (text[i] == '\0')
                        text[i] = ' ';
        text[length] = '\0';
        make_printable(text, (size_t)length);
        p->command = take_ptr(text);
        return 0;
}

static int read_process(struct api *api, const struct object *o, struct process *p) {
        owned_str path = NULL;
        int r = read_stat(p);

        if (r >= 0)
                r = read_command(p);
        if (r < 0)
                return r;
        if (cgroup_of_pid(&manager_host(api->manager)->cgroups, p->pid, &path) >= 0 && *path)
                p->group = text_printf("/%s", path);
        else
                p->group = unit_control_group(o);
        return p->group ? 0 : -ENOMEM;
}

static int append_process(struct api *api, sd_bus_message *reply, const struct object *o, pid_t pid,
                          enum process_detail detail) {
        struct process p = { .pid = pid };
        int r = read_process(api, o, &p);

        if (r < 0)
                r = r == -ENOMEM ? r : 0; /* it has ended meanwhile */
        else if (detail == PROCESS_AS_SYSTEMD)
                r = sd_bus_message_append(reply, "(sus)", p.group, (uint32_t)pid, p.command);
        else
                r = sd_bus_message_append(reply, "(suuss)", p.group, (uint32_t)pid, (uint32_t)p.parent, p.name,
                                          p.command);
        process_free(&p);
        return r;
}

int api_reply_processes(struct api *api, sd_bus_message *m, struct node *node, enum process_detail detail) {
        OWNED(message) sd_bus_message *reply = NULL;
        owned_mem pid_t *pids = NULL;
        const struct object *o = node->object;
        size_t count = 0;
        int r = sd_bus_message_new_method_return(m, &reply);

        if (r < 0)
                return r;
        if ((o->tracker.cgroup_fd >= 0 || o->tracker.mark) && tracker_pids(&o->tracker, &pids, &count) < 0)
                count = 0;
        r = sd_bus_message_open_container(reply, 'a', detail == PROCESS_AS_SYSTEMD ? "(sus)" : "(suuss)");
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = append_process(api, reply, o, pids[i], detail);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}
