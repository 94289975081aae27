/*
 * A private PostgreSQL server for a test program, in a directory of its own
 * under /tmp, through room cluster: as root it runs as the account postgres.
 * server_begin() and server_end() are an unchecked fixture.
 */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster/cluster.h"
#include "pg/pg.h"

static char server_directory[64];

static int server_entry_remove(const char *path, const struct stat *status UNUSED,
			       int kind UNUSED, struct FTW *place UNUSED)
{
	return remove(path);
}

static inline void server_directory_make(void)
{
	snprintf(server_directory, sizeof(server_directory), "/tmp/muster-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(server_directory));
	ck_assert_int_eq(chmod(server_directory, 0755), 0);
}

static inline void server_directory_remove(void)
{
	nftw(server_directory, server_entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void server_begin(void)
{
	struct err err = { 0 };

	server_directory_make();
	ck_assert_msg(cluster_make(server_directory, &err) == 0, "%s", err.text);
	ck_assert_msg(cluster_start(server_directory, &err) == 0, "%s", err.text);
}

static inline void server_end(void)
{
	struct err err = { 0 };

	ck_assert_msg(cluster_stop(server_directory, &err) == 0, "%s", err.text);
	server_directory_remove();
}

static inline void server_conninfo(const char *role, const char *database, struct buffer *ret)
{
	buffer_init(ret, 65536);
	cluster_conninfo(server_directory, role, database, ret);
	ck_assert(!ret->failed);
}

static inline struct pg *server_connect(const char *database)
{
	CLEAN(buffer) struct buffer conninfo;
	struct err err = { 0 };
	struct pg *pg = NULL;

	server_conninfo(CLUSTER_SUPERUSER, database, &conninfo);
	ck_assert_msg(pg_open(conninfo.data, "test", &pg, &err) == 0, "%s", err.text);
	return pg;
}

#endif
