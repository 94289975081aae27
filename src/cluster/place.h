/* Where the parts of a private server are, and as whom it runs. */
#ifndef CLUSTER_PLACE_H
#define CLUSTER_PLACE_H

#include <sys/types.h>

#include "cluster/cluster.h"

struct cluster_place {
	char data[CLUSTER_PATH];       /* DIR/postgres, or where that link leads */
	bool data_moved;               /* it is a link */
	char run[CLUSTER_PATH];        /* DIR/run */
	char socket[CLUSTER_PATH];     /* directory of the socket */
	bool socket_moved;             /* it is not DIR/run */
	uid_t user;                    /* the account that the server runs as */
	gid_t group;
	char account[256];
};

/* Of a server that is there. */
int cluster_place_find(const char *directory, struct cluster_place *ret_place,
		       struct err *err) MUST_CHECK;
/* Of a server to be made by this process. */
int cluster_place_plan(const char *directory, struct cluster_place *ret_place,
		       struct err *err) MUST_CHECK;
/* Make the directory of the socket, or check the one that is there. */
int cluster_place_socket(const struct cluster_place *place, struct err *err) MUST_CHECK;

/*
 * Of the socket's directory where root shares it with the server: others can
 * reach the socket, and pg_ident.conf says who of them gets in.
 */
#define CLUSTER_SOCKET_MODE 01771

/*
 * For a child process: become the server's account, for good, in its
 * directory. 0, or the status to exit with.
 */
#define CLUSTER_EXIT_ENTER 125         /* the account cannot enter the directory */
#define CLUSTER_EXIT_EXEC 126          /* the program cannot be run */
int cluster_enter(const struct cluster_place *place);
/*
 * The same, then run one of PostgreSQL's programs in a bare environment; log
 * (or NULL) is a file there for what it says. arguments end with NULL, the program's
 * name is not among them. Returns only on failure.
 */
#define CLUSTER_ARGUMENTS 16
int cluster_exec(const struct cluster_place *place, const char *program,
		 const char *const *arguments, const char *log);
/* What such a status means, or 0 where it is the program's own. */
int cluster_exec_error(const struct cluster_place *place, const char *program, int status,
		       struct err *err);

/* The first line of postmaster.pid; 0 where there is none. */
pid_t cluster_process(const struct cluster_place *place);

#endif
