/*
 * store: every SQL statement of the program, and the migrations. Floor 4.
 * One connection of room pg, its session set up by store_open(), is what
 * all functions work on.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/base.h"
#include "pg/pg.h"
#include "standard/standard.h"
#include "store/account.h"
#include "store/act.h"
#include "store/assessment.h"
#include "store/batch.h"
#include "store/bulk.h"
#include "store/clock_step.h"
#include "store/clocks.h"
#include "store/judged.h"
#include "store/letter.h"
#include "store/replay.h"
#include "store/reports.h"
#include "store/rights.h"
#include "store/roster.h"
#include "store/saved_filter.h"
#include "store/suppression.h"
#include "store/threshold.h"
#include "store/violation.h"

/* Version of the schema that this program works with: the last migration's. */
#define STORE_SCHEMA 17

/*
 * Who a connection acts as. OWNER makes and changes the schema and the
 * enrolment; the others have what the migrations grant them.
 */
enum store_role { STORE_OWNER, STORE_DAEMON, STORE_OFFICER, STORE_AUDITOR };
/* The role's name in PostgreSQL: "muster_daemon" … */
const char *store_role_name(enum store_role role);

/*
 * Connect and set up the session: role, search_path, time zone UTC. Refuses
 * a schema of another version (ERR_REFUSED) and says which program to use.
 * process: shown in pg_stat_activity.
 */
int store_open(const char *conninfo, enum store_role role, const char *process,
	       struct pg **ret_pg, struct err *err) MUST_CHECK;

/*
 * The same as a person of the office, who is the session's own user: conninfo
 * must log in as name, else ERR_REFUSED.
 */
int store_open_person(const char *conninfo, const char *name, const char *process,
		      struct pg **ret_pg, struct err *err) MUST_CHECK;

/* The same as store_open() without a look at the schema, which may be missing or old. */
int store_open_unchecked(const char *conninfo, enum store_role role, const char *process,
			 struct pg **ret_pg, struct err *err) MUST_CHECK;

/* Making and migrating (schema.c, migrate.c) ---------------------------------- */

/*
 * Make a database on the server that the connection's user owns. The name
 * stands in the statement as it is: lower case letters only.
 */
int store_database_create(struct pg *pg, const char *name, struct err *err) MUST_CHECK;
/*
 * Make the roles (where they are missing) and the empty schema muster, on a
 * connection of pg_open(): it needs to be superuser, or to have CREATEROLE
 * and the right to create schemas. Whoever owns the database also closes it
 * to everybody but the roles. ERR_REFUSED where the schema exists.
 */
int store_schema_create(struct pg *pg, struct err *err) MUST_CHECK;
/*
 * Make the roles that are missing, and let them connect. On a connection
 * such as store_schema_create() needs.
 */
int store_roles_make(struct pg *pg, struct err *err) MUST_CHECK;
/* Undo store_schema_create(); the roles stay, since other databases may use them. */
int store_schema_drop(struct pg *pg, struct err *err) MUST_CHECK;

/*
 * Apply the migrations in directory (NNNN_name.sql) that have not been
 * applied, each in a transaction of its own, one process at a time. Refuses
 * a schema newer than STORE_SCHEMA and applied files that have changed.
 * applied is called for each one, after it.
 */
struct store_migration {
	int version;
	char name[128];
};
typedef void store_migrated_function(void *context, const struct store_migration *migration);
int store_migrate(struct pg *pg, const char *directory, const char *who,
		  store_migrated_function *applied, void *context, struct err *err) MUST_CHECK;

/* The instance (instance.c) --------------------------------------------------- */

int store_instance_create(struct pg *pg, const struct hash_key *name_key,
			  struct err *err) MUST_CHECK;
int store_instance_read(struct pg *pg, struct hash_key *ret_name_key,
			struct err *err) MUST_CHECK;

/* Sums over the books, each cheap to make. */
struct store_totals {
	int64_t contractors, systems, batches, events, rejects, duplicates, violations,
		refused;
	int64_t first_event, last_event, last_delivery;    /* moments */
};
int store_totals_read(struct pg *pg, struct store_totals *ret_totals, struct err *err)
	MUST_CHECK;

/* Enrolment (enrolment.c) ------------------------------------------------------ */

#define STORE_ZONE_LARGEST 65536u

struct store_contractor {
	int32_t id;
	const char *code, *name;
	bool is_unsigned, active;
	int64_t created;           /* moment */
	const char *created_by;
	int64_t systems;           /* active ones */
};
/* ERR_REFUSED where the code is taken. who: the person, for the record. */
int store_contractor_add(struct pg *pg, const char *code, const char *name, bool is_unsigned,
			 const char *who, struct err *err) MUST_CHECK;
/* No deliveries from now on; ERR_NEGATIVE where there is none (open) of that code. */
int store_contractor_close(struct pg *pg, const char *code, struct err *err) MUST_CHECK;
/* Called for each row; a value other than 0 ends the list and is returned. */
typedef int store_contractor_function(void *context, const struct store_contractor *row,
				      struct err *err);
/* All, or the one of code (which may be NULL), in the order of codes. */
int store_contractors(struct pg *pg, const char *code, store_contractor_function *row,
		      void *context, struct err *err) MUST_CHECK;
/* ERR_NEGATIVE where there is none of that code. */
int store_contractor_check(struct pg *pg, const char *code, struct err *err) MUST_CHECK;

struct store_system {
	int32_t contractor_id, id;
	const char *contractor, *name, *format, *timezone;
	int64_t every;             /* seconds; 0: no interval is expected */
	struct text zone;          /* TZif bytes; empty: UTC */
	bool active;
	bool is_unsigned;          /* of the contractor */
	int64_t created;           /* moment */
	const char *created_by;
	int64_t last_delivery;     /* moment, MOMENT_NONE: never */
};
/* contractor, name, format, timezone, every and zone of the struct are used. */
int store_system_add(struct pg *pg, const struct store_system *system, const char *who,
		     struct err *err) MUST_CHECK;
int store_system_close(struct pg *pg, const char *contractor, const char *name,
		       struct err *err) MUST_CHECK;
typedef int store_system_function(void *context, const struct store_system *row,
				  struct err *err);
/* All, or those of a contractor; closed ones too. zone is not filled. */
int store_systems(struct pg *pg, const char *contractor, store_system_function *row,
		  void *context, struct err *err) MUST_CHECK;
/*
 * Who may deliver what, now: every active contractor; with it each of its
 * active systems, zone and all, or once with id 0 and name "" where it has none.
 */
int store_enrolment(struct pg *pg, store_system_function *row, void *context,
		    struct err *err) MUST_CHECK;

/*
 * The feeds themselves (feeds.c), as of a moment: by the rules in force that
 * are about deliveries, systems that are silent have a violation, opened once
 * for each silence and extended, which ends with the delivery that ends it;
 * numbers that are missing for too long have one until they come.
 */
int store_feeds_check(struct pg *pg, int64_t now, struct err *err) MUST_CHECK;
/*
 * What waits to be taken now, in place of what did: systems that delivered are
 * not silent and miss nothing, cases that were answered in time do not lapse.
 */
struct ipc_waiting;
int store_waiting_set(struct pg *pg, const struct ipc_waiting *rows, size_t count,
		      struct err *err) MUST_CHECK;

/* Standards (standards.c) -------------------------------------------------------- */

/* A rule as it is kept: what a violation of it says. */
struct store_rule {
	const char *key, *title, *says, *file;
	int severity;              /* 1 informational … 5 critical */
	bool direct;
	const char *requirements;  /* ids, one space between */
	const struct store_correlation_rule *correlation;  /* NULL: an event rule */
};
#define STORE_GROUP_MOST 16u       /* fields that a correlation groups by */
/* What a correlation is about. Keys, names and fields are joined by line feeds. */
struct store_correlation_rule {
	const char *type;          /* as the rule says it: "event_count" … */
	int64_t timespan;          /* microseconds */
	const char *rules;         /* keys, in order */
	const char *group_by;
	/* Numbers of the bounds of >, >=, <, <=, =, not =; "": not compared. */
	const char *bounds;
	bool finding;              /* a run is a violation; else it serves others */
	const char *explanation;   /* all of it, for people */
	/* As in struct correlate_rule. */
	int64_t before, speed, distance;
	bool open, distinct, where_known;
	int64_t intervals;         /* of a silence */
};
/*
 * Load one version: the bundle's bytes, what was parsed from it, its rules.
 * The same bytes again change nothing: *ret_new says which. digest: 64 hex
 * digits.
 */
#define STORE_DIGEST 65
int store_standard_load(struct pg *pg, struct text bundle, const struct standard *standard,
			const struct store_rule *rules, size_t rule_count, const char *who,
			char ret_digest[STORE_DIGEST], bool *ret_new, struct err *err) MUST_CHECK;
/*
 * Put a loaded version in force, named by its name (the version loaded
 * last) or by the first digits of its digest (at least 8).
 */
int store_standard_activate(struct pg *pg, const char *which, const char *who,
			    char ret_digest[STORE_DIGEST], struct err *err) MUST_CHECK;

struct store_standard {
	int32_t id;
	const char *name, *title, *digest;
	struct text bundle;        /* only from store_standards_in_force */
	int64_t loaded;            /* moment */
	const char *loaded_by;
	int64_t in_force_since, in_force_until;    /* MOMENT_NONE: not, still */
	int64_t requirements, rules;
};
typedef int store_standard_function(void *context, const struct store_standard *row,
				    struct err *err);
/* Every version, newest first within a name. */
int store_standards(struct pg *pg, store_standard_function *row, void *context,
		    struct err *err) MUST_CHECK;
/* Those in force now, with their bundles, in the order of names. */
int store_standards_in_force(struct pg *pg, store_standard_function *row, void *context,
			     struct err *err) MUST_CHECK;

#endif
