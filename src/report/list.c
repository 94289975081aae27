/* The list of reports, from reports.def. */
#include "report/report.h"

#define REPORT(identifier, name, title, audience)                                        \
	static const struct report_column identifier##_columns[] = {
#define LIST(identifier, title) REPORT(identifier, , , )
#define COLUMN(table, key, heading, type, rank, least, meaning)                          \
	{ #key, heading, REPORT_##type, rank, least, meaning },
#define END(identifier) };
#include "report/reports.def"
#undef REPORT
#undef LIST
#undef COLUMN
#undef END

static const struct report_description descriptions[] = {
#define REPORT(identifier, name, title, audience)                                        \
	{ name, title, audience,                                                         \
	  { identifier##_columns, ARRAY_LENGTH(identifier##_columns) } },
#define LIST(identifier, title) REPORT(identifier, #identifier, title, "")
#define COLUMN(table, key, heading, type, rank, least, meaning)
#define END(identifier)
#include "report/reports.def"
#undef REPORT
#undef LIST
#undef COLUMN
#undef END
};

const struct report_description *report_describe(enum report_name name)
{
	return &descriptions[name];
}

bool report_find(struct text name, enum report_name *ret_name)
{
	for (size_t i = 0; i < REPORT_NAME_COUNT; i++)
		if (text_equal(name, text_of(descriptions[i].name)) &&
		    *descriptions[i].audience) {
			*ret_name = (enum report_name)i;
			return true;
		}
	return false;
}
