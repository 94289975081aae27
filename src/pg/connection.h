/* What the files of room pg share. */
#ifndef PG_CONNECTION_H
#define PG_CONNECTION_H

#include <libpq-fe.h>

#include "pg/pg.h"

struct pg {
	PGconn *connection;
};

/* The error of a result, or of the connection where result is NULL. */
int pg_failed(const struct pg *pg, const PGresult *result, struct err *err);
/* Wraps a result; takes it in any case. */
int pg_result_new(PGresult *result, struct pg_result **ret_result, struct err *err)
	MUST_CHECK;

#endif
