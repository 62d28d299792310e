/* SPDX-License-Identifier: MIT */
/* unit-files: whether a unit file is enabled, as systemctl's is-enabled words it, and its processes. Read-only. */
#include "api-private.h"

#include "base/sys.h"

#include <dirent.h>

#define COMMAND_LINE_MAX 4096u

/* ---- enabled? ---------------------------------------------------------------------------------------------------- */

/* Is there a link to this unit in some NAME.wants/ (or one of its siblings) below this directory, or an alias beside them? */
static bool is_linked_in(const char *directory, const struct unit_settings *install, const char *name) {
        static const char *const kinds[] = { "wants", "requires", "upholds" };
        char *const *const lists[] = { install->wanted_by, install->required_by, install->upheld_by };

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                STRV_EACH(other, lists[i]) {
                        owned_str path = text_printf("%s/%s.%s/%s", directory, other, kinds[i], name);
                        struct stat st;

                        if (path && lstat(path, &st) == 0)
                                return true;
                }
        STRV_EACH(alias, install->alias) {
                owned_str path = text_printf("%s/%s", directory, alias);
                struct stat st;

                if (path && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
                        return true;
        }
        return false;
}

static bool is_below(const char *path, const char *directory) {
        const char *rest = path ? text_after(path, directory) : NULL;

        return rest && *rest == '/';
}

const char *unit_file_state(struct api *api, const struct unit *unit, const char *name) {
        const struct unit_settings *u = &unit->unit;

        if (unit->load_state == UNIT_MASKED)
                return is_below(unit->fragment_path, "/run") ? "masked-runtime" : "masked";
        if (unit->load_state == UNIT_BAD_SETTING || unit->load_state == UNIT_ERROR)
                return "bad";
        if (!unit->fragment_path)
                return "";
        if (name && !text_equal(name, unit->name) && !unit->instance)
                return "alias";
        if (is_below(unit->fragment_path, "/run/systemd/generator"))
                return "generated";
        STRV_EACH(directory, manager_context(api->manager)->search_path) {
                if (is_linked_in(directory, u, unit->name))
                        return is_below(directory, "/run") ? "enabled-runtime" : "enabled";
        }
        if (u->wanted_by || u->required_by || u->upheld_by || u->alias)
                return "disabled";
        return u->also ? "indirect" : "static";
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

/* "/usr/sbin/nginx -g daemon off;", "[name]" for those without; NULL when it is gone. */
static char *command_line(pid_t pid) {
        owned_str path = text_printf("/proc/%d/cmdline", (int)pid);
        owned_str comm = text_printf("/proc/%d/comm", (int)pid);
        owned_str text = NULL;
        owned_fd fd = path ? sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -ENOMEM;
        ssize_t length;

        text = fd < 0 ? NULL : malloc(COMMAND_LINE_MAX);
        if (!text || !comm)
                return NULL;
        length = sys_read(fd, text, COMMAND_LINE_MAX - 1);
        while (length > 0 && text[length - 1] == '\0')
                length--;
        if (length > 0) {
                text[length] = '\0';
                for (ssize_t i = 0; i < length; i++)
                        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] >= 0x7f) /* the bus takes UTF-8 only */
                                text[i] = text[i] == '\0' ? ' ' : '?';
                return take_ptr(text);
        }
        text = (free(text), NULL);
        if (sys_read_file(AT_FDCWD, comm, 64, &text, NULL) < 0)
                return NULL;
        text[strcspn(text, "\n")] = '\0';
        return text_printf("[%s]", text);
}

static int append_process(struct api *api, sd_bus_message *reply, const struct object *o, pid_t pid) {
        owned_str command = command_line(pid);
        owned_str group = NULL;
        owned_str path = NULL;

        if (!command)
                return 0;
        if (cgroup_of_pid(&manager_host(api->manager)->cgroups, pid, &path) >= 0 && *path)
                group = text_printf("/%s", path);
        else
                group = unit_control_group(o);
        if (!group)
                return -ENOMEM;
        return sd_bus_message_append(reply, "(sus)", group, (uint32_t)pid, command);
}

int api_reply_processes(struct api *api, sd_bus_message *m, struct node *node) {
        OWNED(message) sd_bus_message *reply = NULL;
        owned_mem pid_t *pids = NULL;
        const struct object *o = node->object;
        size_t count = 0;
        int r = sd_bus_message_new_method_return(m, &reply);

        if (r < 0)
                return r;
        if ((o->tracker.cgroup_fd >= 0 || o->tracker.mark) && tracker_pids(&o->tracker, &pids, &count) < 0)
                count = 0;
        r = sd_bus_message_open_container(reply, 'a', "(sus)");
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = append_process(api, reply, o, pids[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}
