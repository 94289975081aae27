#include "crypto/crypto.h"
#include "muster/command.h"
#include "muster/daemon_process.h"
#include "muster/standard_source.h"

const struct command_option command_standard_check_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_standard_list_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_standard_show_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_standard_load_options[] = {
	{ "activate", 'a', NULL, 0, "put it in force at once" },
	COMMAND_OPTIONS_END
};
const struct command_option command_standard_activate_options[] = { COMMAND_OPTIONS_END };

static void warn(void *context UNUSED, const char *file, unsigned line, const char *reason)
{
	command_warn("%s:%u: %s", file, line, reason);
}

/* Without a database ------------------------------------------------------------------- */

static const struct report_column check_columns[] = {
	{ "standard", "STANDARD", REPORT_TEXT, 0, 0, "its name" },
	{ "version", "VERSION", REPORT_TEXT, 0, 0, "its version, as it says" },
	{ "title", "TITLE", REPORT_TEXT, 2, 16, "its title" },
	{ "requirements", "REQUIREMENTS", REPORT_NUMBER, 0, 0, "how many it has" },
	{ "rules", "RULES", REPORT_NUMBER, 0, 0, "how many it has" },
	{ "digest", "DIGEST", REPORT_TEXT, 1, 12, "SHA-256 of all its files" },
};
const struct report_table command_standard_check_table = {
	check_columns,
	ARRAY_LENGTH(check_columns),
};

static int check_show(struct command_run *run, const struct standard_source *source,
		      struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_standard_check_table);
	const struct standard *standard = source->standard;
	uint8_t digest[CRYPTO_SHA256];
	char hex[CRYPTO_SHA256_TEXT];
	int r = crypto_sha256_of(buffer_text(&source->bundle), digest, err);

	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (r < 0)
		return r;
	const struct report_value values[] = {
		report_string(standard->name),
		report_string(standard->version),
		report_string(standard->title),
		report_number((int64_t)standard->requirement_count),
		report_number((int64_t)source->rule_count),
		report_string(crypto_sha256_text(digest, hex)),
	};
	r = report_row(report, values, err);
	return r < 0 ? r : report_end(report, err);
}

int command_standard_check(struct command_run *run, struct err *err)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	int r = standard_source_read(command_argument(run, 0), &source, warn, NULL, err);

	return r < 0 ? r : check_show(run, &source, err);
}

static const struct report_column show_columns[] = {
	{ "id", "ID", REPORT_TEXT, 0, 0, "the requirement's number" },
	{ "family", "FAMILY", REPORT_TEXT, 2, 0, "short name of its family" },
	{ "weight", "WEIGHT", REPORT_NUMBER, 0, 0, "points deducted when it is not met" },
	{ "weight_partial", "PARTIAL", REPORT_NUMBER, 1, 0,
	  "points deducted when it is met in part, where the standard knows that" },
	{ "title", "TITLE", REPORT_TEXT, 0, 30, "what it asks, in short" },
	{ "citation", "CITATION", REPORT_TEXT, 3, 0, "where it stands" },
	{ "observable", "OBSERVABLE", REPORT_TEXT, 1, 0, "what logs can show of it: direct, indirect or none" },
	{ "plan_allowed", "PLAN", REPORT_TEXT, 2, 0,
	  "whether it may stand on a plan of action: yes, no or partial" },
};
const struct report_table command_standard_show_table = {
	show_columns,
	ARRAY_LENGTH(show_columns),
};

static struct report_value weight_value(int weight)
{
	return weight > 0 ? report_number(weight) : report_none();
}

static int requirements_show(struct command_run *run, const struct standard *standard,
			     struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_standard_show_table);
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (size_t i = 0; r == 0 && i < standard->requirement_count; i++) {
		const struct standard_requirement *requirement = &standard->requirements[i];
		const struct report_value values[] = {
			report_string(requirement->id),
			report_string(requirement->family),
			weight_value(requirement->weight),
			weight_value(requirement->weight_partial),
			report_string(requirement->title),
			report_string(requirement->citation),
			report_string(standard_observable_name(requirement->observable)),
			report_string(standard_plan_name(requirement->plan)),
		};
		r = report_row(report, values, err);
	}
	return r < 0 ? r : report_end(report, err);
}

int command_standard_show(struct command_run *run, struct err *err)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	char path[4096];
	int r = standard_source_find(command_argument(run, 0), path, err);

	if (r == 0)
		r = standard_source_read(path, &source, warn, NULL, err);
	return r < 0 ? r : requirements_show(run, source.standard, err);
}

/* In the books --------------------------------------------------------------------------- */

int command_standard_load(struct command_run *run, struct err *err)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	bool activate = command_has(run, "activate"), is_new = false;
	const struct config *config;
	char digest[STORE_DIGEST];
	struct pg *pg;
	int r = standard_source_read(command_argument(run, 0), &source, warn, NULL, err);

	if (r == 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = standard_source_load(pg, &source, command_person(run), activate, digest, &is_new,
					 err);
	if (r < 0)
		return r;
	r = command_say(run, err, "%s %.12s %s: %zu requirements, %zu rules.", source.standard->name,
			digest, is_new ? "is loaded" : "was loaded before",
			source.standard->requirement_count, source.rule_count);
	if (activate)
		daemon_refresh(config->instance_directory);
	if (r < 0 || activate)
		return r;
	return command_say(run, err, "Next: muster standard activate %.12s", digest);
}

int command_standard_activate(struct command_run *run, struct err *err)
{
	const struct config *config;
	char digest[STORE_DIGEST];
	struct pg *pg;
	int r = command_store(run, STORE_OWNER, &pg, err);

	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_standard_activate(pg, command_argument(run, 0), command_person(run), digest,
					    err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	return command_say(run, err, "%s is in force (digest %.12s).", command_argument(run, 0),
			   digest);
}

static const struct report_column list_columns[] = {
	{ "standard", "STANDARD", REPORT_TEXT, 0, 0, "its name" },
	{ "digest", "DIGEST", REPORT_TEXT, 0, 12, "SHA-256 of all its files: names the version" },
	{ "in_force", "IN FORCE", REPORT_FLAG, 0, 0, "whether new deliveries are judged by it" },
	{ "since", "SINCE", REPORT_MOMENT, 1, 0, "when it was last put in force" },
	{ "until", "UNTIL", REPORT_MOMENT, 3, 0, "when that ended" },
	{ "requirements", "REQUIREMENTS", REPORT_NUMBER, 2, 0, "how many it has" },
	{ "rules", "RULES", REPORT_NUMBER, 2, 0, "how many it has" },
	{ "loaded_at", "LOADED", REPORT_MOMENT, 3, 0, "when it was loaded" },
	{ "loaded_by", "BY", REPORT_TEXT, 4, 8, "account that loaded it" },
	{ "title", "TITLE", REPORT_TEXT, 5, 16, "its title" },
};
const struct report_table command_standard_list_table = {
	list_columns,
	ARRAY_LENGTH(list_columns),
};

static int list_row(void *context, const struct store_standard *row, struct err *err)
{
	bool in_force = row->in_force_since != MOMENT_NONE && row->in_force_until == MOMENT_NONE;
	const struct report_value values[] = {
		report_string(row->name),           report_string(row->digest),
		report_flag(in_force),              report_moment(row->in_force_since),
		report_moment(row->in_force_until), report_number(row->requirements),
		report_number(row->rules),          report_moment(row->loaded),
		report_string(row->loaded_by),      report_string(row->title),
	};

	return report_row(context, values, err);
}

int command_standard_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_standard_list_table);
	struct pg *pg;
	int r;

	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_standards(pg, list_row, report, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "no standard is loaded");
	return r;
}
