/* SPDX-License-Identifier: MIT */
/* unit-path: which files make up a unit: the search path read once, then questions about it (systemd.unit(5)).
 *
 * A cache is a picture of the search path's directories; unit_path_cache_refresh() makes it new when one of them has changed,
 * which costs a stat(2) each. Files below .d and .wants directories are listed when they are asked for.
 */
#pragma once

#include "unit.h"

/* A cache of this search path (its first 64 directories), which is copied. Directories may be missing. 0 or -ENOMEM. */
int unit_path_cache_new(char *const *search_path, struct unit_path_cache **ret);
int unit_path_cache_refresh(struct unit_path_cache *c); /* 0 or -ENOMEM */
/* One request that loads many units sees one picture: between these two (they nest) only the first load looks for changes. */
void unit_path_cache_hold(struct unit_path_cache *c);
void unit_path_cache_release(struct unit_path_cache *c);
/* Frees the picture; the next load makes a new one. */
void unit_path_cache_forget(struct unit_path_cache *c);
void unit_path_cache_free(struct unit_path_cache *c);
DEFINE_OWNED(unit_path_cache, struct unit_path_cache *, unit_path_cache_free)

/* What a name stands for. */
struct unit_location {
        char *id;        /* the name of the file itself, instances filled in: "ssh.service" for "sshd.service" */
        char **names;    /* every name of it, the id first: all aliases, the name that was asked for */
        char *fragment;  /* path, or NULL: there is no such file */
        int directory_fd; /* the cache's, as long as it is held: the fragment is there by its last name; -1: it is not held */
        bool is_masked;  /* by a link to /dev/null; what turns out empty when it is read is masked too */
        char **problems; /* aliases that are not allowed, as sentences */
};
int unit_path_locate(struct unit_path_cache *c, const char *name, struct unit_location *ret);
void unit_location_free(struct unit_location *l);

/* Every drop-in of these names, in the order in which they are to be read; masked ones are left out. */
int unit_path_dropins(struct unit_path_cache *c, char *const *names, char ***ret);

/* The units that these names' directories (suffix ".wants", ".requires", ".upholds") name: by the names of their links.
 * Templates get this instance (may be NULL). Entries that cannot be used are told in *problems. */
int unit_path_directory_units(struct unit_path_cache *c, char *const *names, const char *suffix, const char *instance,
                              char ***ret, char ***problems);

/* Every name of a unit file that the search path has, sorted; templates among them, no instances but those with a file. */
int unit_path_list(struct unit_path_cache *c, char ***ret);
