/* SPDX-License-Identifier: MIT */
/* connect: finds the control socket and talks on it. PID 1 keeps the socket, so connecting works while there is no supervisor;
 * then the answer comes when the next one is up, and we say that we wait. */
#include "ctl.h"

#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#define SAY_SO_US     (2 * US_PER_SEC) /* after that long without an answer we say that we wait */
#define GIVE_UP_US    (60 * US_PER_SEC) /* PID 1's ladder has ended by then */
#define CALL_LIMIT_US (90 * US_PER_SEC)

/* ---- the socket -------------------------------------------------------------------------------------------------- */

/* Where we are connected, or were last. */
static char connected_in[PATH_MAX];

/* fd or -errno. */
static int connect_in(const char *directory) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        owned_str path = text_printf("%s/" CONTROL_SOCKET_NAME, directory);
        owned_fd directory_fd = -1;
        owned_fd fd = -1;

        if (path &&
            strlen(path) >= sizeof(address.sun_path)) { /* too long for an address: through the directory's fd */
                directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (directory_fd < 0)
                        return -errno;
                free(path);
                path = text_printf("/proc/self/fd/%d/" CONTROL_SOCKET_NAME, directory_fd);
        }
        if (!path)
                return -ENOMEM;
        memcpy(address.sun_path, path, strlen(path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        (void)snprintf(connected_in, sizeof(connected_in), "%s", directory);
        return take_fd(&fd);
}

/* The folders that instances of `keel run` may be in, those of init/launch.c. */
static char **instance_folders(void) {
        const char *xdg = getenv("XDG_RUNTIME_DIR");
        owned_strv folders = NULL;

        if (geteuid() == 0)
                (void)strv_add(&folders, "/run/keel/instances");
        else if (xdg && *xdg == '/')
                (void)strv_adopt(&folders, text_printf("%s/keel/instances", xdg));
        if (geteuid() != 0) {
                owned_str own = text_printf("/tmp/keel-%u", (unsigned)geteuid());
                struct stat st;

                /* /tmp is everybody's: it must be our folder. */
                if (own && lstat(own, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
                        (void)strv_adopt(&folders, text_printf("%s/instances", own));
        }
        return take_ptr(folders);
}

static int connect_to_instance(const char *name) {
        owned_strv folders = instance_folders();
        int r = -ENOENT;

        if (strchr(name, '/'))
                return connect_in(name);
        STRV_EACH(folder, folders) {
                owned_str directory = text_printf("%s/%s", folder, name);

                r = directory ? connect_in(directory) : -ENOMEM;
                if (r >= 0)
                        return r;
        }
        return r;
}

/* The only instance that lives, or -ENOENT, -ENOTUNIQ with their names. Folders may be left over from the dead. */
static int connect_to_only_instance(char **ret_names) {
        owned_strv folders = instance_folders();
        owned_strv names = NULL;
        owned_fd found = -1;

        STRV_EACH(folder, folders) {
                DIR *dir = opendir(folder);
                const struct dirent *entry;

                while (dir && (entry = readdir(dir))) {
                        owned_str directory = text_printf("%s/%s", folder, entry->d_name);
                        int fd = entry->d_name[0] == '.' || !directory ? -ENOENT : connect_in(directory);

                        if (fd < 0)
                                continue;
                        close_fd(&found);
                        found = fd;
                        (void)strv_add(&names, entry->d_name);
                }
                if (dir)
                        (void)closedir(dir);
        }
        if (strv_length(names) > 1) {
                *ret_names = strv_join(names, ", ");
                return -ENOTUNIQ;
        }
        return found < 0 ? -ENOENT : take_fd(&found);
}

static int open_socket(struct ctl *c, enum connect_how how) {
        const char *directory = getenv("KEEL_RUNTIME_DIR");
        owned_str names = NULL;
        int fd;

        if (c->instance)
                fd = connect_to_instance(c->instance);
        else if (!text_is_empty(directory))
                fd = connect_in(directory);
        else {
                fd = connect_in("/run/keel");
                if (fd < 0 && fd != -EACCES)
                        fd = connect_to_only_instance(&names);
        }
        if (fd >= 0 || how == CONNECT_SILENT)
                return fd;
        if (fd == -ENOTUNIQ)
                (void)fprintf(stderr, "keelctl: several run: %s; say which with --instance NAME\n",
                              names ? names : "?");
        else if (c->instance)
                (void)fprintf(stderr, "keelctl: instance %s cannot be reached: %s\n", c->instance, strerror(-fd));
        else if (!text_is_empty(directory))
                (void)fprintf(stderr, "keelctl: %s/" CONTROL_SOCKET_NAME ": %s\n", directory, strerror(-fd));
        else if (fd == -EACCES)
                (void)fprintf(stderr, "keelctl: /run/keel/" CONTROL_SOCKET_NAME ": you may not talk to this keel\n");
        else
                (void)fprintf(stderr,
                              "keelctl: keel does not run here: nobody listens on /run/keel/" CONTROL_SOCKET_NAME
                              ", and there is no instance of `keel run`\n");
        return fd;
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

bool is_disconnect(int error) {
        return error == -ECONNRESET || error == -ENOTCONN || error == -EPIPE || error == -ESHUTDOWN;
}

void ctl_disconnect(struct ctl *c) {
        c->bus = sd_bus_close_unref(c->bus);
}

/* What PID 1 has written down before it started the present supervisor (init/report.c), and when that was. 0 or -errno. */
static int print_last_words(void) {
        static const struct {
                const char *name, *text;
        } facts[] = {
                { "init-pid", "PID 1 lives; inside it is process" },
                { "starts", "Supervisors started so far:" },
                { "failures", "Of those, the latest that died one after the other:" },
                { "last", "The one before" },
                { "kept-fds", "File descriptors that PID 1 keeps:" },
                { "unacknowledged-exits", "Exit statuses that PID 1 keeps until they are asked for:" },
                { "lost-exits", "Exit statuses that were lost:" },
        };
        owned_str path = text_printf("%s/supervisor", connected_in);
        owned_str text = NULL;
        char *rest, *line;
        struct stat st;
        int r = path ? sys_read_file(AT_FDCWD, path, 4096, &text, NULL) : -ENOMEM;

        if (r < 0 || stat(path, &st) < 0)
                return r < 0 ? r : -errno;
        (void)printf("keel: supervisor restarting: it was started %llds ago and does not answer\n",
                     (long long)(time(NULL) - st.st_mtime));
        rest = text;
        while ((line = strsep(&rest, "\n")))
                for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
                        const char *value = text_after(line, facts[i].name);

                        if (value && *value == ' ')
                                (void)printf("  %s%s\n", facts[i].text, value);
                }
        (void)puts("  Services go on; what ends meanwhile is dealt with by the next supervisor.");
        return 0;
}

static int wait_until_ready(struct ctl *c, enum connect_how how) {
        uint64_t begin = clock_monotonic_us();
        bool has_said = how == CONNECT_SILENT;

        for (;;) {
                uint64_t waited;
                int r = sd_bus_process(c->bus, NULL);

                if (r < 0)
                        return r;
                if (sd_bus_is_ready(c->bus) > 0)
                        return 0;
                waited = clock_monotonic_us() - begin;
                if (waited >= GIVE_UP_US) {
                        if (how == CONNECT_LOUD)
                                (void)fprintf(stderr, "keelctl: the supervisor does not answer; giving up\n");
                        return -ETIMEDOUT;
                }
                if (how == CONNECT_LOUD && c->wants_last_words && waited >= SAY_SO_US)
                        return print_last_words() < 0 ? -ETIMEDOUT : -EHOSTDOWN;
                if (!has_said && waited >= SAY_SO_US) {
                        (void)fprintf(stderr, "keelctl: the supervisor does not answer yet; waiting\n");
                        has_said = true;
                }
                if (r == 0) {
                        r = sd_bus_wait(c->bus, (has_said ? GIVE_UP_US : SAY_SO_US) - MIN(waited, SAY_SO_US));
                        if (r < 0 && r != -EINTR)
                                return r;
                }
        }
}

static int connect_once(struct ctl *c, enum connect_how how) {
        owned_fd fd = open_socket(c, how);
        int r;

        if (fd < 0)
                return fd;
        r = sd_bus_new(&c->bus);
        if (r >= 0)
                r = sd_bus_set_fd(c->bus, fd, fd);
        if (r < 0)
                return r;
        (void)take_fd(&fd);
        r = sd_bus_start(c->bus);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(c->bus, CALL_LIMIT_US);
        return r < 0 ? r : wait_until_ready(c, how);
}

int ctl_connect(struct ctl *c, enum connect_how how) {
        int r;

        for (unsigned attempt = 0;; attempt++) {
                ctl_disconnect(c);
                r = connect_once(c, how);
                if (r >= 0) {
                        c->connections++;
                        return 0;
                }
                /* It died while we were saying hello: the next one takes the connections that wait. */
                if (!is_disconnect(r) || attempt >= 5)
                        break;
        }
        if (is_disconnect(r) && how == CONNECT_LOUD)
                (void)fprintf(stderr, "keelctl: the supervisor hangs up\n");
        ctl_disconnect(c);
        return r;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

int ctl_call(struct ctl *c, const struct call *call, sd_bus_error *error, sd_bus_message **reply, ...) {
        int r = 0;

        for (unsigned attempt = 0; attempt < 3; attempt++) {
                OWNED(message) sd_bus_message *m = NULL;
                va_list arguments;

                r = c->bus ? sd_bus_message_new_method_call(c->bus, &m, NULL, call->path ? call->path : BUS_PATH,
                                                            call->interface, call->member)
                           : -ENOTCONN;
                if (r >= 0 && !text_is_empty(call->types)) {
                        va_start(arguments, reply);
                        r = sd_bus_message_appendv(m, call->types, arguments);
                        va_end(arguments);
                }
                if (r >= 0)
                        r = sd_bus_call(c->bus, m, 0, error, reply);
                if (!is_disconnect(r) || call->is_command)
                        return r;
                sd_bus_error_free(error);
                r = ctl_connect(c, CONNECT_LOUD);
                if (r < 0)
                        return r;
        }
        return r;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static int exit_status_of(const sd_bus_error *error) {
        static const struct {
                const char *name;
                enum ctl_status status;
        } names[] = {
                { SD_BUS_ERROR_ACCESS_DENIED, STATUS_NOT_PERMITTED },
                { BUS_ERROR_ONLY_BY_DEPENDENCY, STATUS_NOT_PERMITTED },
                { BUS_ERROR_NO_ISOLATION, STATUS_NOT_PERMITTED },
                { BUS_ERROR_DESTRUCTIVE, STATUS_NOT_PERMITTED },
                { BUS_ERROR_NO_SUCH_UNIT, STATUS_NOT_INSTALLED },
                { BUS_ERROR_NOT_APPLICABLE, STATUS_NOT_IMPLEMENTED },
                { SD_BUS_ERROR_NOT_SUPPORTED, STATUS_NOT_IMPLEMENTED },
                { BUS_ERROR_LOAD_FAILED, STATUS_NOT_CONFIGURED },
                { BUS_ERROR_BAD_SETTING, STATUS_NOT_CONFIGURED },
        };

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (sd_bus_error_has_name(error, names[i].name))
                        return names[i].status;
        return STATUS_FAILED;
}

int ctl_complain(sd_bus_error *error, int r, const char *format, ...) {
        int status = exit_status_of(error);
        va_list arguments;

        (void)fputs("keelctl: ", stderr);
        va_start(arguments, format);
        (void)vfprintf(stderr, format, arguments);
        va_end(arguments);
        (void)fprintf(stderr, ": %s\n", error->message ? error->message : strerror(r < 0 ? -r : r));
        sd_bus_error_free(error);
        return status;
}

int ctl_out_of_memory(void) {
        (void)fputs("keelctl: out of memory\n", stderr);
        return STATUS_FAILED;
}
