#include "exercise/deed.h"
#include "exercise/phrases.h"

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
#define DAILY_DEED(identifier, who, words)                                               \
	[DEED_##identifier] = {                                                          \
		.format = FORMAT, .doer = DOER_##who, .daily = true, .text = words},
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

bool format_from_system(struct text system, enum format *ret_format)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		if (text_equal(system, text_of(formats[i].system))) {
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

uint32_t deed_records(enum format format, struct text text)
{
	uint32_t lines = 1;

	if (!text.length)
		return 0;
	if (format == FORMAT_AUDITD)
		return 1;
	for (size_t i = 0; i < text.length; i++)
		lines += text.bytes[i] == '~';
	return lines;
}
