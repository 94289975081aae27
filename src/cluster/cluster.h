/*
 * cluster: the private PostgreSQL server of an instance: made, started,
 * stopped. Floor 4: it runs PostgreSQL's own programs and speaks no SQL.
 *
 * The server lives in DIR/postgres and listens on a Unix socket in DIR/run
 * and nowhere else. Where that name cannot be a socket's (longer than 107
 * bytes, or with a comma, which libpq would misread), the socket stands in a
 * directory of its own under /tmp. Made by root, the
 * server runs as the account "postgres", otherwise as who made it. Where that
 * account cannot pass into DIR (root's home, say), DIR/postgres is a link to
 * a directory under /var/lib/muster, and the socket stands under /tmp. The
 * account, the maker and root may become the roles of muster; nobody else.
 */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "base/base.h"
#include "config/config.h"

/* The server's own superuser, and the database of an instance. */
#define CLUSTER_SUPERUSER "postgres"
#define CLUSTER_DATABASE "muster"

/*
 * Make a server in directory (absolute, existing), which must have no
 * postgres/ yet; also makes directory/run. Does not start it.
 */
int cluster_make(const char *directory, struct err *err) MUST_CHECK;
/* Stop it and remove all of its data. */
int cluster_remove(const char *directory, struct err *err) MUST_CHECK;
/* Start it and wait until it takes connections. Nothing to do if it runs. */
int cluster_start(const char *directory, struct err *err) MUST_CHECK;
/* Stop it and wait until it is gone. Nothing to do if it does not run. */
int cluster_stop(const char *directory, struct err *err) MUST_CHECK;
bool cluster_is_running(const char *directory);
/* There is a server in directory, running or not. */
bool cluster_exists(const char *directory);

/*
 * Let an account of the machine log in as role, or let nobody but the
 * server's own roles do so any more. account and role: without blanks and
 * quotes. The server heeds it when it reads its configuration anew.
 */
int cluster_identity_add(const char *directory, const char *account, const char *role,
			 struct err *err) MUST_CHECK;
int cluster_identity_remove(const char *directory, const char *role,
			    struct err *err) MUST_CHECK;

/* A connection string for role in database. */
void cluster_conninfo(const char *directory, const char *role, const char *database,
		      struct buffer *ret_conninfo);

/*
 * Make the instance's database ready to be connected to, and say how: start
 * the private server, or take database.conninfo as it stands. role is the
 * role to connect as; a server of the operator's own is connected to as its
 * connection string says, whatever the role.
 */
int cluster_ready(const struct config *config, const char *role,
		  struct buffer *ret_conninfo, struct err *err) MUST_CHECK;

/* Where the socket or the data stands; ret_moved: not in the instance's directory. */
#define CLUSTER_PATH 4096
int cluster_data_directory(const char *directory, char ret_path[CLUSTER_PATH],
			   bool *ret_moved, struct err *err) MUST_CHECK;
int cluster_socket_directory(const char *directory, char ret_path[CLUSTER_PATH],
			     bool *ret_moved, struct err *err) MUST_CHECK;

#endif
