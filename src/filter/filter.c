/* A descent over the words of a filter: or, and, not, parentheses, comparisons. */
#include "filter/filter.h"
#include "filter/value.h"

static const struct filter_description fields[] = {
#define FIELD(identifier, name, kind, meaning)                                           \
	[FILTER_##identifier] = { name, FILTER_##kind, meaning },
#include "filter/fields.def"
#undef FIELD
};

/* Longer ones first: "<" would hide "<=". */
static const struct {
	const char *written;
	enum filter_operator operator;
} operators[] = {
	{ "!=", FILTER_DIFFERENT }, { "<=", FILTER_AT_MOST }, { ">=", FILTER_AT_LEAST },
	{ "=", FILTER_EQUAL },	    { "<", FILTER_BELOW },    { ">", FILTER_ABOVE },
	{ "~", FILTER_CONTAINS },
};

const struct filter_description *filter_describe(enum filter_field field)
{
	return &fields[field];
}

const char *filter_operator_name(enum filter_operator operator)
{
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++)
		if (operators[i].operator == operator)
			return operators[i].written;
	return "";
}

bool filter_operator_fits(enum filter_kind kind, enum filter_operator operator)
{
	switch (kind) {
	case FILTER_WORD:
	case FILTER_FLAG:
		return operator == FILTER_EQUAL || operator == FILTER_DIFFERENT;
	case FILTER_TEXT:
		return operator == FILTER_EQUAL || operator == FILTER_DIFFERENT ||
		       operator == FILTER_CONTAINS;
	case FILTER_RANK:
	case FILTER_NUMBER:
	case FILTER_MOMENT:
	case FILTER_TIME_LEFT:
		return operator != FILTER_CONTAINS;
	}
	return false;
}

/* Reading ------------------------------------------------------------------------ */

struct parser {
	struct text words;
	size_t at;
	unsigned nodes, depth;
	const struct filter_words *meaning;
	struct arena *arena;
	struct err *err;
};

static int parse_or(struct parser *parser, const struct filter_node **ret);

/* What is wrong at a place; columns count characters from 1. */
PRINTF_LIKE(3, 4)
static int wrong(struct parser *parser, size_t at, const char *format, ...)
{
	CLEAN(buffer) struct buffer words;
	size_t column = 1;
	va_list list;

	for (size_t i = 0; i < at && i < parser->words.length; i++)
		column += (parser->words.bytes[i] & 0xc0) != 0x80;
	buffer_init(&words, 4096);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	return err_set(parser->err, ERR_USAGE, "filter, column %zu: %s", column,
		       words.data ? words.data : "");
}

static void spaces_skip(struct parser *parser)
{
	while (parser->at < parser->words.length && is_space(parser->words.bytes[parser->at]))
		parser->at++;
}

static struct text rest_of(struct parser *parser)
{
	spaces_skip(parser);
	return text_skip(parser->words, parser->at);
}

static bool ends_word(char c)
{
	return is_space(c) || strchr("()=!<>~\"", c) != NULL;
}

/* The word that comes next, which may be empty; it is not taken yet. */
static struct text word_ahead(struct parser *parser)
{
	struct text rest = rest_of(parser);
	size_t length = 0;

	while (length < rest.length && !ends_word(rest.bytes[length]))
		length++;
	return text_head(rest, length);
}

static bool keyword_take(struct parser *parser, const char *keyword)
{
	struct text word = word_ahead(parser);

	if (!text_equal_nocase(word, text_of(keyword)))
		return false;
	parser->at += word.length;
	return true;
}

static bool sign_take(struct parser *parser, char sign)
{
	struct text rest = rest_of(parser);

	if (!rest.length || rest.bytes[0] != sign)
		return false;
	parser->at++;
	return true;
}

/* What is there instead of what was expected, for a message. */
static struct text instead(struct parser *parser)
{
	struct text word = word_ahead(parser);

	return word.length ? text_head(word, 40) : text_head(rest_of(parser), 1);
}

static int node_new(struct parser *parser, enum filter_node_kind kind,
		    const struct filter_node *left, const struct filter_node *right,
		    struct filter_node **ret)
{
	if (++parser->nodes > FILTER_NODES_MOST)
		return wrong(parser, parser->at, "a filter has at most %u parts",
			     FILTER_NODES_MOST);
	*ret = arena_get(parser->arena, sizeof(**ret));
	if (!*ret)
		return err_set(parser->err, ERR_MEMORY, "out of memory");
	**ret = (struct filter_node){ .kind = kind, .left = left, .right = right };
	return 0;
}

/* Comparisons ---------------------------------------------------------------------- */

static int field_take(struct parser *parser, enum filter_field *ret)
{
	CLEAN(buffer) struct buffer names = { 0 };
	struct text word = word_ahead(parser);

	for (int i = 0; i < FILTER_FIELDS; i++)
		if (text_equal_nocase(word, text_of(fields[i].name))) {
			*ret = (enum filter_field)i;
			parser->at += word.length;
			return 0;
		}
	buffer_init(&names, 4096);
	for (int i = 0; i < FILTER_FIELDS; i++)
		buffer_add_format(&names, "%s%s", i ? ", " : "", fields[i].name);
	word = instead(parser);
	if (!word.length)
		return wrong(parser, parser->at,
			     "something is expected: not, \"(\" or one of: %s", names.data);
	return wrong(parser, parser->at, "\"%.*s\" is not one of: %s, not, \"(\"",
		     TEXT_PRINT(word), names.data);
}

static int operator_take(struct parser *parser, enum filter_field field,
			 enum filter_operator *ret)
{
	CLEAN(buffer) struct buffer names;
	struct text rest = rest_of(parser);
	enum filter_kind kind = fields[field].kind;

	buffer_init(&names, 256);
	for (size_t i = 0; i < ARRAY_LENGTH(operators); i++)
		if (filter_operator_fits(kind, operators[i].operator)) {
			if (text_starts_with(rest, text_of(operators[i].written))) {
				parser->at += strlen(operators[i].written);
				*ret = operators[i].operator;
				return 0;
			}
			buffer_add_format(&names, " %s", operators[i].written);
		}
	return wrong(parser, parser->at, "after %s comes one of:%s", fields[field].name,
		     names.data);
}

/* "…" with \" and \\ inside. */
static int quoted_take(struct parser *parser, struct buffer *out)
{
	size_t begin = parser->at++;

	for (; parser->at < parser->words.length; parser->at++) {
		char c = parser->words.bytes[parser->at];

		if (c == '"') {
			parser->at++;
			return 0;
		}
		if (c == '\\' && parser->at + 1 < parser->words.length)
			c = parser->words.bytes[++parser->at];
		buffer_add_byte(out, c);
	}
	return wrong(parser, begin, "this quote is not closed");
}

static int value_wrong(struct parser *parser, enum filter_field field, size_t at,
		       struct text word)
{
	CLEAN(buffer) struct buffer allowed;
	const char *kind = filter_value_allowed(field);
	int64_t first;
	const char *const *choices = filter_choices(field, parser->meaning, &first);

	buffer_init(&allowed, 4096);
	buffer_add_string(&allowed, kind ? kind : "one of:");
	for (const char *const *c = choices; c && *c; c++)
		buffer_add_format(&allowed, strchr(*c, ' ') ? "%s\"%s\"" : "%s%s",
				  c == choices ? " " : ", ", *c);
	word = text_head(word, 60);
	if (!word.length)
		return wrong(parser, at, "%s is compared with %s", fields[field].name,
			     allowed.data);
	return wrong(parser, at, "%s is not compared with \"%.*s\", but with %s",
		     fields[field].name, TEXT_PRINT(word), allowed.data);
}

static int value_take(struct parser *parser, struct filter_comparison *compare)
{
	CLEAN(buffer) struct buffer unquoted;
	struct text word = word_ahead(parser);
	size_t at = parser->at;
	bool quoted = word.length == 0 && at < parser->words.length &&
		      parser->words.bytes[at] == '"';
	int r = 0;

	buffer_init(&unquoted, parser->words.length + 64);
	if (quoted) {
		r = quoted_take(parser, &unquoted);
		word = buffer_text(&unquoted);
		if (!word.bytes)
			word = TEXT("");
	} else {
		parser->at += word.length;
	}
	if (r < 0)
		return r;
	if ((!quoted && !word.length) ||
	    !filter_value_read(compare, word, quoted, parser->meaning, parser->arena))
		return value_wrong(parser, compare->field, at, word);
	return 0;
}

/* After a flag alone comes what can follow a whole comparison. */
static bool stands_alone(struct parser *parser)
{
	struct text rest = rest_of(parser);

	return rest.length == 0 || strchr("=!<>~", rest.bytes[0]) == NULL;
}

static int parse_comparison(struct parser *parser, const struct filter_node **ret)
{
	struct filter_comparison compare = { 0 };
	struct filter_node *node;
	int r = field_take(parser, &compare.field);

	if (r < 0)
		return r;
	if (fields[compare.field].kind == FILTER_FLAG && stands_alone(parser)) {
		compare.number = FILTER_YES;
	} else {
		r = operator_take(parser, compare.field, &compare.operator);
		if (r == 0)
			r = value_take(parser, &compare);
	}
	if (compare.field == FILTER_EXCEPTION_ENDING)
		compare.until = parser->meaning->now + parser->meaning->exception_ending;
	if (r == 0)
		r = node_new(parser, FILTER_COMPARE, NULL, NULL, &node);
	if (r < 0)
		return r;
	node->compare = compare;
	*ret = node;
	return 0;
}

/* Sentences ---------------------------------------------------------------------------- */

static int parse_factor(struct parser *parser, const struct filter_node **ret)
{
	struct filter_node *node;
	size_t begin;
	int r;

	if (++parser->depth > FILTER_DEPTH_MOST)
		return wrong(parser, parser->at, "parentheses and nots go at most %u deep",
			     FILTER_DEPTH_MOST);
	if (keyword_take(parser, "not")) {
		const struct filter_node *inner;

		r = parse_factor(parser, &inner);
		if (r == 0)
			r = node_new(parser, FILTER_NOT, inner, NULL, &node);
		if (r == 0)
			*ret = node;
	} else if (begin = (spaces_skip(parser), parser->at), sign_take(parser, '(')) {
		r = parse_or(parser, ret);
		if (r == 0 && !sign_take(parser, ')'))
			r = rest_of(parser).length ?
				    wrong(parser, parser->at,
					  "\"%.*s\" is not one of: and, or, \")\"",
					  TEXT_PRINT(instead(parser))) :
				    wrong(parser, begin, "this parenthesis is not closed");
	} else {
		r = parse_comparison(parser, ret);
	}
	parser->depth--;
	return r;
}

static int parse_and(struct parser *parser, const struct filter_node **ret)
{
	const struct filter_node *other;
	struct filter_node *node;
	int r = parse_factor(parser, ret);

	while (r == 0 && keyword_take(parser, "and")) {
		r = parse_factor(parser, &other);
		if (r == 0)
			r = node_new(parser, FILTER_AND, *ret, other, &node);
		if (r == 0)
			*ret = node;
	}
	return r;
}

static int parse_or(struct parser *parser, const struct filter_node **ret)
{
	const struct filter_node *other;
	struct filter_node *node;
	int r = parse_and(parser, ret);

	while (r == 0 && keyword_take(parser, "or")) {
		r = parse_and(parser, &other);
		if (r == 0)
			r = node_new(parser, FILTER_OR, *ret, other, &node);
		if (r == 0)
			*ret = node;
	}
	return r;
}

int filter_parse(struct text words, const struct filter_words *meaning, struct arena *arena,
		 const struct filter_node **ret_filter, struct err *err)
{
	struct parser parser = { .words = words, .meaning = meaning, .arena = arena, .err = err };
	int r;

	*ret_filter = NULL;
	if (rest_of(&parser).length == 0)
		return 0;
	r = parse_or(&parser, ret_filter);
	if (r == 0 && rest_of(&parser).length)
		r = wrong(&parser, parser.at, "\"%.*s\" is not one of: and, or",
			  TEXT_PRINT(instead(&parser)));
	return r;
}

bool filter_and(struct arena *arena, const struct filter_node *one,
		const struct filter_node *other, const struct filter_node **ret_filter)
{
	struct filter_node *node;

	*ret_filter = one ? one : other;
	if (!one || !other)
		return true;
	node = arena_get(arena, sizeof(*node));
	if (!node)
		return false;
	*node = (struct filter_node){ .kind = FILTER_AND, .left = one, .right = other };
	*ret_filter = node;
	return true;
}

bool filter_names(const struct filter_node *filter, enum filter_field field)
{
	if (!filter)
		return false;
	if (filter->kind == FILTER_COMPARE)
		return filter->compare.field == field;
	return filter_names(filter->left, field) || filter_names(filter->right, field);
}
