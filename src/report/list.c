/* The list of reports, from reports.def. */
#include "report/report.h"

#define TABLE(name, title, audience) static const struct report_column name##_columns[] = {
#define COLUMN(table, key, heading, type, rank, least, meaning)                          \
	{ #key, heading, REPORT_##type, rank, least, meaning },
#define TABLE_END(name) };
#include "report/reports.def"
#undef TABLE
#undef COLUMN
#undef TABLE_END

static const struct report_description descriptions[] = {
#define TABLE(name, title, audience)                                                     \
	{ #name, title, audience, { name##_columns, ARRAY_LENGTH(name##_columns) } },
#define COLUMN(table, key, heading, type, rank, least, meaning)
#define TABLE_END(name)
#include "report/reports.def"
#undef TABLE
#undef COLUMN
#undef TABLE_END
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
