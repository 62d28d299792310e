/* SPDX-License-Identifier: MIT */
/* api: the socket, its clients, and what they are told without asking. See api.h. */
#include "api-private.h"

#include "base/sys.h"

#include <malloc.h>
#include <stdarg.h>
#include <sys/un.h>

#define BACKLOG            128
#define QUEUED_MAX         4096u /* messages that a client has not read: more, and it is dropped */
#define CROWD              8u
#define ACCEPTS_PER_SECOND 1000u /* when accept(2) fails for want of fds the loop must not spin */

/* ---- clients ----------------------------------------------------------------------------------------------------- */

struct client *api_client(struct api *api, sd_bus *bus) {
        struct client *c = api->clients;

        while (c && c->bus != bus)
                c = c->next;
        return c;
}

void api_subscribe(struct client *client, bool on) {
        if (client->is_subscribed == on)
                return;
        client->is_subscribed = on;
        client->api->subscriber_count += on ? 1u : -1u;
}

static void drop_client(struct client *client) {
        struct api *api = client->api;

        for (struct client **at = &api->clients; *at; at = &(*at)->next)
                if (*at == client) {
                        *at = client->next;
                        break;
                }
        api_subscribe(client, false);
        api->client_count--;
        (void)sd_bus_detach_event(client->bus);
        sd_bus_close_unref(client->bus);
        free(client);
        /* A crowd (some 40 KB each) leaves holes that malloc would keep for good. */
        if (api->client_count == 0 && api->client_peak >= CROWD) {
                (void)malloc_trim(0);
                api->client_peak = 0;
        }
}

static int on_disconnected(sd_bus_message *m, void *user, UNUSED sd_bus_error *error) {
        struct client *client = api_client(user, sd_bus_message_get_bus(m));

        if (client)
                drop_client(client);
        return 0;
}

/* Root and our own user may do everything; others, should the socket's mode let them in, may look. */
static bool is_trusted(int fd) {
        struct ucred peer;
        socklen_t length = sizeof(peer);

        return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static int set_up_bus(struct api *api, sd_bus *bus, int *fd) {
        static int (*const parts[])(struct api *, sd_bus *) = {
                api_add_manager, api_add_keel, api_add_units, api_add_services, api_add_directives, api_add_jobs,
        };
        sd_id128_t id;
        int r;

        if ((r = sd_id128_randomize(&id)) < 0 || (r = sd_bus_set_trusted(bus, is_trusted(*fd))) < 0 ||
            (r = sd_bus_set_fd(bus, *fd, *fd)) < 0)
                return r;
        (void)take_fd(fd);
        /* Who it is the kernel has said; what it says of itself (a uid of another user namespace) does not matter. */
        if ((r = sd_bus_set_server(bus, true, id)) < 0 || (r = sd_bus_set_anonymous(bus, true)) < 0 ||
            (r = sd_bus_set_sender(bus, BUS_SENDER)) < 0 || (r = sd_bus_start(bus)) < 0 ||
            (r = sd_bus_set_close_on_exit(bus, false)) < 0) /* it would wait for who does not read */
                return r;
        r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
                                      "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL, api);
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(parts); i++)
                r = parts[i](api, bus);
        return r < 0 ? r : sd_bus_attach_event(bus, manager_event(api->manager), SD_EVENT_PRIORITY_NORMAL);
}

int api_add_client(struct api *api, int *fd) {
        struct client *client;
        sd_bus *bus = NULL;
        int r;

        if (api->client_count >= API_CLIENTS_MAX) {
                close_fd(fd);
                return -EUSERS;
        }
        client = calloc(1, sizeof(*client));
        r = client ? sd_bus_new(&bus) : -ENOMEM;
        if (r >= 0)
                r = set_up_bus(api, bus, fd);
        close_fd(fd);
        if (r < 0) {
                sd_bus_close_unref(bus);
                free(client);
                return r;
        }
        *client = (struct client){ .api = api, .bus = bus, .next = api->clients };
        api->clients = client;
        api->client_count++;
        api->client_peak = MAX(api->client_peak, api->client_count);
        return 0;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static bool reads_too_slowly(struct client *client) {
        uint64_t queued = 0;

        return sd_bus_get_n_queued_write(client->bus, &queued) >= 0 && queued > QUEUED_MAX;
}

void api_emit(struct api *api, enum audience audience, const char *member, const char *types, ...) {
        for (struct client *c = api->clients, *next; c; c = next) {
                va_list arguments;

                next = c->next;
                if (audience == TO_SUBSCRIBERS && !c->is_subscribed)
                        continue;
                va_start(arguments, types);
                (void)sd_bus_emit_signalv(c->bus, BUS_PATH, BUS_MANAGER, member, types, arguments);
                va_end(arguments);
                if (reads_too_slowly(c))
                        drop_client(c);
        }
}

static void tell_changes(struct api *api, struct node *node) {
        owned_str path = unit_bus_path(node->name);
        owned_str interface = text_printf(BUS_TYPE_PREFIX "%s", unit_type_suffix(node->object->unit->type));

        if (!path || !interface)
                return;
        interface[strlen(BUS_TYPE_PREFIX)] &= ~0x20; /* service → Service */
        for (struct client *c = api->clients, *next; c; c = next) {
                next = c->next;
                if (!c->is_subscribed)
                        continue;
                (void)sd_bus_emit_properties_changed_strv(c->bus, path, BUS_UNIT, NULL);
                if (node->object->unit->type == UNIT_SERVICE)
                        (void)sd_bus_emit_properties_changed_strv(c->bus, path, interface, NULL);
                if (reads_too_slowly(c))
                        drop_client(c);
        }
}

static void announce_startup(struct api *api) {
        uint64_t took_us = clock_realtime_us() - manager_start_us(api->manager);

        if (api->was_startup_announced || manager_state(api->manager) == MANAGER_STARTING)
                return;
        api->was_startup_announced = true;
        api_emit(api, TO_ALL, "StartupFinished", "tttttt", (uint64_t)0, (uint64_t)0, (uint64_t)0, (uint64_t)0, took_us,
                 took_us);
}

/* Many changes of a unit within one turn of the loop are told as one. */
static int on_flush(UNUSED sd_event_source *source, void *user) {
        struct api *api = user;

        for (size_t i = 0; i < api->changed_count; i++) {
                struct node *node = api->changed[i];

                if (!node)
                        continue;
                node->bus = NULL;
                tell_changes(api, node);
        }
        api->changed_count = 0;
        announce_startup(api);
        return 0;
}

static void wake_flush(struct api *api) {
        (void)sd_event_source_set_enabled(api->flush_source, SD_EVENT_ONESHOT);
}

static void on_unit_changed(void *user, struct node *node) {
        struct api *api = user;

        if (!api->subscriber_count || node->bus)
                return;
        if (api->changed_count == api->changed_room) {
                size_t room = api->changed_room ? api->changed_room * 2 : 16;
                struct node **grown = reallocarray(api->changed, room, sizeof(*grown));

                if (!grown)
                        return;
                api->changed = grown;
                api->changed_room = room;
        }
        api->changed[api->changed_count++] = node;
        node->bus = api;
        wake_flush(api);
}

static void on_unit_new(void *user, struct node *node) {
        struct api *api = user;
        owned_str path = api->subscriber_count ? unit_bus_path(node->name) : NULL;

        if (path)
                api_emit(api, TO_SUBSCRIBERS, "UnitNew", "so", node->name, path);
}

static void on_unit_removed(void *user, struct node *node) {
        struct api *api = user;
        owned_str path = api->subscriber_count ? unit_bus_path(node->name) : NULL;

        for (size_t i = 0; node->bus && i < api->changed_count; i++)
                if (api->changed[i] == node)
                        api->changed[i] = NULL;
        node->bus = NULL;
        if (path)
                api_emit(api, TO_SUBSCRIBERS, "UnitRemoved", "so", node->name, path);
}

static void on_job_new(void *user, struct job *job) {
        struct api *api = user;
        owned_str path = api->clients ? job_bus_path(job->id) : NULL;

        if (path)
                api_emit(api, TO_ALL, "JobNew", "uos", job->id, path, job->node->name);
        on_unit_changed(api, job->node);
}

static void on_job_removed(void *user, struct job *job, enum job_result result) {
        struct api *api = user;
        owned_str path = api->clients ? job_bus_path(job->id) : NULL;

        api->failed_jobs += result == JOB_FAILED;
        if (path)
                api_emit(api, TO_ALL, "JobRemoved", "uoss", job->id, path, job->node->name, job_result_name(result));
        on_unit_changed(api, job->node);
        if (!api->was_startup_announced)
                wake_flush(api);
}

static void on_reloading(void *user, bool active) {
        api_emit(user, TO_ALL, "Reloading", "b", (int)active);
}

/* ---- the socket -------------------------------------------------------------------------------------------------- */

static int on_accept(UNUSED sd_event_source *source, int fd, UNUSED uint32_t events, void *user) {
        struct api *api = user;
        int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        int r;

        if (client_fd < 0)
                return 0; /* it went away again, or there is no fd: the loop is held back by the rate limit */
        r = api_add_client(api, &client_fd);
        if (r < 0 && !api->is_refusing)
                log_warning("control socket: clients are refused: %s",
                            r == -EUSERS ? "too many are connected" : strerror(-r));
        api->is_refusing = r < 0;
        return 0;
}

/* A path too long for a socket's address is reached through its directory's fd. */
static int bind_at(int fd, const char *directory) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        owned_fd directory_fd = sys_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        owned_str path = text_printf("%s/" CONTROL_SOCKET_NAME, directory);
        int r;

        if (directory_fd < 0)
                return directory_fd;
        if (path && strlen(path) >= sizeof(address.sun_path)) {
                free(path);
                path = text_printf("/proc/self/fd/%d/" CONTROL_SOCKET_NAME, directory_fd);
        }
        if (!path)
                return -ENOMEM;
        r = sys_unlinkat(directory_fd, CONTROL_SOCKET_NAME, 0);
        if (r < 0 && r != -ENOENT)
                return r;
        memcpy(address.sun_path, path, strlen(path) + 1);
        /* The mode is the file's before it is bound: there is no moment at which others may connect. */
        r = sys_fchmod(fd, 0600);
        if (r < 0)
                return r;
        return bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static bool has_path(struct manager *m) {
        owned_str path = text_printf("%s/" CONTROL_SOCKET_NAME, manager_runtime_directory(m));

        return path && access(path, F_OK) == 0;
}

/* The fd or -errno. */
static int open_socket(struct manager *m) {
        struct keeper *keeper = manager_keeper(m);
        owned_fd fd = keeper ? keeper_take(keeper, CONTROL_SOCKET_NAME) : -ENOENT;
        int r;

        if (fd >= 0 && has_path(m))
                return take_fd(&fd);
        close_fd(&fd);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = bind_at(fd, manager_runtime_directory(m));
        if (r < 0)
                return r;
        if (listen(fd, BACKLOG) < 0)
                return -errno;
        if (keeper) {
                r = keeper_keep(keeper, CONTROL_SOCKET_NAME, fd);
                if (r < 0) /* clients are refused while we restart: no reason not to serve now */
                        log_warning("control socket: PID 1 does not keep it: %s", strerror(-r));
        }
        return take_fd(&fd);
}

static int add_sources(struct api *api) {
        sd_event *event = manager_event(api->manager);
        int r = sd_event_add_io(event, &api->accept_source, api->fd, EPOLLIN, on_accept, api);

        if (r >= 0)
                r = sd_event_source_set_ratelimit(api->accept_source, US_PER_SEC, ACCEPTS_PER_SECOND);
        if (r >= 0)
                r = sd_event_add_defer(event, &api->flush_source, on_flush, api);
        if (r >= 0)
                r = sd_event_source_set_enabled(api->flush_source, SD_EVENT_OFF);
        return r < 0 ? r : sd_event_source_set_priority(api->flush_source, SD_EVENT_PRIORITY_IDLE);
}

int api_open(struct manager *m, struct api **ret) {
        struct api *api = calloc(1, sizeof(*api));
        int r;

        if (!api)
                return -ENOMEM;
        api->manager = m;
        api->fd = open_socket(m);
        r = api->fd < 0 ? api->fd : add_sources(api);
        if (r < 0) {
                api_close(api);
                return r;
        }
        manager_set_listener(m, &(struct listener){
                                        .unit_new = on_unit_new,
                                        .unit_removed = on_unit_removed,
                                        .unit_changed = on_unit_changed,
                                        .job_new = on_job_new,
                                        .job_removed = on_job_removed,
                                        .reloading = on_reloading,
                                        .init_answered = api_init_answered,
                                        .user = api,
                                });
        *ret = api;
        return 0;
}

void api_close(struct api *api) {
        if (!api)
                return;
        manager_set_listener(api->manager, &(struct listener){ 0 });
        sd_bus_message_unref(api->init_asked);
        while (api->clients)
                drop_client(api->clients);
        sd_event_source_disable_unref(api->accept_source);
        sd_event_source_disable_unref(api->flush_source);
        close_fd(&api->fd);
        for (size_t i = 0; i < api->changed_count; i++)
                if (api->changed[i])
                        api->changed[i]->bus = NULL;
        free(api->changed);
        api_free_directives(api);
        free(api);
}
