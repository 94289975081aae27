#include "exercise/deed.h"

static const char *const rule_names[RULE_COUNT] = {
	[RULE_NONE] = "",
#define RULE(identifier, name) [RULE_##identifier] = name,
#include "exercise/rules.def"
#undef RULE
};

static const struct format_description formats[FORMAT_COUNT] = {
	[FORMAT_NDJSON] = {"ndjson", "access", 1, 48},
	[FORMAT_AUDITD] = {"auditd", "audit", 1000, 13},
	[FORMAT_SYSLOG] = {"syslog", "messages", 1, 39},
};

#define DEED(identifier, how_common, who, words, later)                                  \
	[DEED_##identifier] = {.format = FORMAT,                                         \
			       .doer = DOER_##who,                                       \
			       .weight = how_common,                                     \
			       .text = words,                                            \
			       .then = later},
#define FILE_DEED(identifier, how_common, words)                                         \
	[DEED_##identifier] = {.format = FORMAT,                                         \
			       .doer = DOER_STAFF,                                       \
			       .weight = how_common,                                     \
			       .about_file = true,                                       \
			       .text = words},
#define MISDEED(identifier, who, whom, rule, other_rule, words)                          \
	[DEED_##identifier] = {.format = FORMAT,                                         \
			       .doer = DOER_##who,                                       \
			       .subject = SUBJECT_##whom,                                \
			       .rules = {RULE_##rule, RULE_##other_rule},                \
			       .text = words},
#define CAMPAIGN(identifier, how_often, more, between, longer, whose, rule, other_rule, words) \
	[DEED_##identifier] = {.format = FORMAT,                                         \
			       .campaign = true,                                         \
			       .times = how_often,                                       \
			       .times_more = more,                                       \
			       .gap = between,                                           \
			       .gap_more = longer,                                       \
			       .group = whose,                                           \
			       .rules = {RULE_##rule, RULE_##other_rule},                \
			       .text = words},
static const struct deed_description deeds[DEED_COUNT] = {
#define FORMAT FORMAT_NDJSON
#include "exercise/access.def"
#undef FORMAT
#define FORMAT FORMAT_AUDITD
#include "exercise/audit.def"
#undef FORMAT
#define FORMAT FORMAT_SYSLOG
#include "exercise/messages.def"
#undef FORMAT
};

const char *rule_name(enum rule rule)
{
	return rule_names[rule];
}

bool rule_is_over_many(enum rule rule)
{
	return rule >= RULE_AUT_BRU;
}

const struct format_description *format_describe(enum format format)
{
	return &formats[format];
}

bool format_from_name(struct text name, enum format *ret_format)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		if (text_equal(name, text_of(formats[i].name))) {
			*ret_format = (enum format)i;
			return true;
		}
	}
	return false;
}

const struct deed_description *deed_describe(enum deed deed)
{
	return &deeds[deed];
}

uint32_t deed_records(enum format format, const char *text)
{
	uint32_t lines = 1;

	if (!text)
		return 0;
	if (format == FORMAT_AUDITD)
		return 1;
	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

bool deed_is_failed_logon(enum deed deed)
{
	static const char *const signs[] = {
		[FORMAT_NDJSON] = "logon failure",
		[FORMAT_AUDITD] = "res=failed",
		[FORMAT_SYSLOG] = "Failed ",
	};
	const struct deed_description *d = deed_describe(deed);

	if (d->format == FORMAT_AUDITD && strncmp(d->text, "USER_LOGIN", 10) != 0)
		return false;
	return strstr(d->text, signs[d->format]) != NULL;
}
