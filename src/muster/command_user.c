/* muster user: the people of the office. */
#include "cluster/cluster.h"
#include "muster/command.h"

#define ROLE_OPTION(flags)                                                               \
	{ "role", 'r', "ROLE", COMMAND_REPEATED | (flags),                                \
	  "officer, supervisor, appeals-officer, liaison or auditor" }
#define CONTRACTOR_OPTION(meaning) { "contractor", 'c', "CODE", COMMAND_REPEATED, meaning }

const struct command_option command_user_add_options[] = {
	{ "name", 'n', "NAME", COMMAND_REQUIRED, "the person's name, as people write it" },
	ROLE_OPTION(COMMAND_REQUIRED),
	CONTRACTOR_OPTION("sees only this contractor's violations; without it, all"),
	{ "account", 0, "ACCOUNT", COMMAND_REPEATED,
	  "account of the machine that may act as the person, besides that of the same name" },
	COMMAND_OPTIONS_END
};
const struct command_option command_user_grant_options[] = {
	ROLE_OPTION(0),
	CONTRACTOR_OPTION("this contractor's violations"),
	{ "all-contractors", 0, NULL, 0, "the violations of all contractors" },
	{ "account", 0, "ACCOUNT", COMMAND_REPEATED,
	  "account of the machine that may act as the person" },
	COMMAND_OPTIONS_END
};
const struct command_option command_user_revoke_options[] = {
	ROLE_OPTION(0),
	CONTRACTOR_OPTION("this contractor's violations"),
	{ "all-contractors", 0, NULL, 0, "what was given for all contractors" },
	COMMAND_OPTIONS_END
};
const struct command_option command_user_list_options[] = {
	{ "all", 'a', NULL, 0, "closed ones too" },
	COMMAND_OPTIONS_END
};
const struct command_option command_user_close_options[] = { COMMAND_OPTIONS_END };

/* Changes --------------------------------------------------------------------------- */

typedef int role_change(struct pg *pg, const char *name, enum casework_role role,
			const char *who, struct err *err);
typedef int portfolio_change(struct pg *pg, const char *name, const char *contractor,
			     const char *who, struct err *err);

struct change {
	struct command_run *run;
	struct pg *pg;
	const char *name, *who;
};

static int roles_change(const struct change *change, role_change *function, struct err *err)
{
	const char *word;
	int r = 0;

	for (size_t i = 0; r == 0 && (word = command_option_at(change->run, "role", i)); i++) {
		enum casework_role role;

		if (!casework_role_find(text_of(word), &role) || role == CASEWORK_ROLE_DAEMON)
			return err_set(err, ERR_USAGE, "there is no role %s for people", word);
		r = function(change->pg, change->name, role, change->who, err);
	}
	return r;
}

static int portfolio_all(const struct change *change, portfolio_change *function,
			 struct err *err)
{
	const char *code;
	int r = 0;

	for (size_t i = 0; r == 0 && (code = command_option_at(change->run, "contractor", i)); i++)
		r = function(change->pg, change->name, code, change->who, err);
	if (r == 0 && command_has(change->run, "all-contractors"))
		r = function(change->pg, change->name, NULL, change->who, err);
	return r;
}

static bool account_valid(const char *account)
{
	for (const char *c = account; *c; c++)
		if (!is_alpha(*c) && !is_digit(*c) && !strchr("_.-$", *c))
			return false;
	return *account && *account != '-';
}

/* Before anything is changed. */
static int accounts_check(struct command_run *run, struct err *err)
{
	const char *account;

	for (size_t i = 0; (account = command_option_at(run, "account", i)); i++)
		if (!account_valid(account))
			return err_set(err, ERR_USAGE, "\"%s\" is no account of the machine",
				       account);
	return 0;
}

/* On a server of the operator's own, logging in is the operator's affair. */
static int identities_add(const struct change *change, bool same_name, struct err *err)
{
	const struct config *config;
	const char *account;
	int r = command_config(change->run, &config, err);

	if (r < 0 || *config->database_conninfo)
		return r;
	if (same_name)
		r = cluster_identity_add(config->instance_directory, change->name, change->name,
					 err);
	for (size_t i = 0; r == 0 && (account = command_option_at(change->run, "account", i));
	     i++)
		r = cluster_identity_add(config->instance_directory, account, change->name, err);
	return r < 0 ? r : store_server_reload(change->pg, err);
}

static int change_begin(struct command_run *run, struct change *ret,
			struct pg_transaction *ret_transaction, struct err *err)
{
	int r;

	*ret = (struct change){ run, NULL, command_argument(run, 0), command_person(run) };
	r = accounts_check(run, err);
	if (r == 0)
		r = command_store(run, STORE_OWNER, &ret->pg, err);
	return r < 0 ? r : pg_begin(ret->pg, ret_transaction, err);
}

int command_user_add(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct change change;
	int r = change_begin(run, &change, &transaction, err);

	if (r == 0)
		r = store_account_add(change.pg, change.name, command_option(run, "name"),
				      change.who, err);
	if (r == 0)
		r = roles_change(&change, store_account_grant, err);
	if (r == 0)
		r = portfolio_all(&change, store_portfolio_grant, err);
	if (r == 0 && !command_has(run, "contractor"))
		r = store_portfolio_grant(change.pg, change.name, NULL, change.who, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	if (r == 0)
		r = identities_add(&change, true, err);
	return r < 0 ? r : command_say(run, err, "%s is a person of the office", change.name);
}

int command_user_grant(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct change change;
	int r = change_begin(run, &change, &transaction, err);

	if (r == 0)
		r = roles_change(&change, store_account_grant, err);
	if (r == 0)
		r = portfolio_all(&change, store_portfolio_grant, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	if (r == 0 && command_has(run, "account"))
		r = identities_add(&change, false, err);
	return r;
}

int command_user_revoke(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct change change;
	int r = change_begin(run, &change, &transaction, err);

	if (r == 0)
		r = roles_change(&change, store_account_revoke, err);
	if (r == 0)
		r = portfolio_all(&change, store_portfolio_revoke, err);
	return r < 0 ? r : pg_commit(&transaction, err);
}

int command_user_close(struct command_run *run, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	const struct config *config;
	struct change change;
	int r = change_begin(run, &change, &transaction, err);

	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_account_close(change.pg, change.name, change.who, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	if (r == 0 && !*config->database_conninfo) {
		r = cluster_identity_remove(config->instance_directory, change.name, err);
		if (r == 0)
			r = store_server_reload(change.pg, err);
	}
	return r < 0 ? r : command_say(run, err, "%s is let in no more", change.name);
}

/* The list --------------------------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "name", "NAME", REPORT_TEXT, 0, 0, "the name that stands in the record" },
	{ "full_name", "FULL NAME", REPORT_TEXT, 1, 12, "as people write it" },
	{ "roles", "ROLES", REPORT_LIST, 0, 10, "what the person may do" },
	{ "contractors", "CONTRACTORS", REPORT_LIST, 0, 10,
	  "codes of the contractors whose violations the person sees, or all" },
	{ "open", "OPEN", REPORT_FLAG, 2, 0, "whether the person is let in" },
	{ "added", "ADDED", REPORT_MOMENT, 3, 0, "when the account was made" },
	{ "added_by", "ADDED BY", REPORT_TEXT, 4, 8, "who made it" },
};
const struct report_table command_user_table = { columns, ARRAY_LENGTH(columns) };

struct listing {
	struct report *report;
	bool all;
};

static int row_show(void *context, const struct store_account *row, struct err *err)
{
	static const struct text everybody = TEXT("all");
	struct listing *listing = context;
	bool open = row->closed == MOMENT_NONE;
	const struct report_value values[] = {
		report_string(row->name),
		report_string(row->full_name),
		report_list(row->roles, row->role_count),
		row->all_contractors ? report_list(&everybody, 1) :
				       report_list(row->contractors, row->contractor_count),
		report_flag(open),
		report_moment(row->added),
		report_string(row->added_by),
	};

	return open || listing->all ? report_row(listing->report, values, err) : 0;
}

int command_user_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_user_table);
	struct listing listing = { report, command_has(run, "all") };
	struct pg *pg;
	int r;

	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_accounts(pg, row_show, &listing, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE,
			       "the office has no people yet; first: muster user add NAME");
	return r;
}
