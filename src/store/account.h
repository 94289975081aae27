/*
 * The people of the office (account.c): a role of PostgreSQL each, what they
 * may do, and whose violations they see. Nothing is taken out: what is
 * revoked or closed stays on record. Changes need a connection of
 * STORE_OWNER whose own role may make roles.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "casework/casework.h"
#include "pg/pg.h"

#define STORE_ACCOUNT_NAME 64
/* 1 to 63 of a-z, 0-9 and "_.-", the first a letter; and no name of the server's own. */
bool store_account_name_valid(const char *name);

/* ERR_REFUSED where there is one of that name. who: for the record. */
int store_account_add(struct pg *pg, const char *name, const char *full_name, const char *who,
		      struct err *err) MUST_CHECK;
/*
 * What is granted, or revoked, already stays so. ERR_NEGATIVE where there is
 * no such account; ERR_REFUSED where a liaison or an auditor would have another role.
 */
int store_account_grant(struct pg *pg, const char *name, enum casework_role role,
			const char *who, struct err *err) MUST_CHECK;
int store_account_revoke(struct pg *pg, const char *name, enum casework_role role,
			 const char *who, struct err *err) MUST_CHECK;
/* contractor: its code; NULL: all. */
int store_portfolio_grant(struct pg *pg, const char *name, const char *contractor,
			  const char *who, struct err *err) MUST_CHECK;
int store_portfolio_revoke(struct pg *pg, const char *name, const char *contractor,
			   const char *who, struct err *err) MUST_CHECK;
/* For good: its next act is refused, and it logs in no more. Its acts keep its name. */
int store_account_close(struct pg *pg, const char *name, const char *who,
			struct err *err) MUST_CHECK;
/* There is one of that name, and it is not closed. */
int store_account_is_open(struct pg *pg, const char *name, bool *ret_open,
			  struct err *err) MUST_CHECK;
/* The server reads anew which accounts of the machine may log in. */
int store_server_reload(struct pg *pg, struct err *err) MUST_CHECK;

struct store_account {
	const char *name, *full_name;
	struct text roles[CASEWORK_ROLE_COUNT];
	size_t role_count;
	struct text contractors[1024];     /* codes; the first so many */
	size_t contractor_count;
	bool all_contractors;
	int64_t added, closed;     /* moments; MOMENT_NONE: it is open */
	const char *added_by;
};
typedef int store_account_function(void *context, const struct store_account *row,
				   struct err *err);
/* In the order of names. */
int store_accounts(struct pg *pg, store_account_function *row, void *context,
		   struct err *err) MUST_CHECK;

#endif
