#include "sigma/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define REGEX_LENGTH_LIMIT 8192
#define REGEX_NESTING_LIMIT 100
/* Steps for one match: STEPS shared out over the places it may start at. */
#define REGEX_STEPS 4000000u
#define REGEX_STEPS_LEAST 200u
#define REGEX_STEPS_MOST 100000u
#define REGEX_HEAP_KIB 4096
#define REGEX_JIT_STACK (1u << 20)

struct regex {
	pcre2_code *code;
};

struct regex_work {
	pcre2_match_context *context;
	pcre2_match_data *match;
	pcre2_jit_stack *stack;
	uint64_t given_up;
};

struct regex_work *regex_work_new(void)
{
	struct regex_work *work = calloc(1, sizeof(*work));
	if (!work)
		return NULL;
	work->context = pcre2_match_context_create(NULL);
	work->match = pcre2_match_data_create(1, NULL);
	work->stack = pcre2_jit_stack_create(32 * 1024, REGEX_JIT_STACK, NULL);
	if (!work->context || !work->match || !work->stack) {
		regex_work_free(work);
		return NULL;
	}
	pcre2_jit_stack_assign(work->context, NULL, work->stack);
	pcre2_set_heap_limit(work->context, REGEX_HEAP_KIB);
	return work;
}

void regex_work_free(struct regex_work *work)
{
	if (!work)
		return;
	pcre2_match_context_free(work->context);
	pcre2_match_data_free(work->match);
	pcre2_jit_stack_free(work->stack);
	free(work);
}

uint64_t regex_work_given_up(const struct regex_work *work)
{
	return work->given_up;
}

static uint32_t options_of(unsigned flags)
{
	return PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C |
	       (flags & REGEX_CASELESS ? (uint32_t)PCRE2_CASELESS : 0) |
	       (flags & REGEX_MULTILINE ? (uint32_t)PCRE2_MULTILINE : 0) |
	       (flags & REGEX_DOTALL ? (uint32_t)PCRE2_DOTALL : 0);
}

struct regex *regex_new(struct text pattern, unsigned flags, char reason[256])
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct regex *regex = calloc(1, sizeof(*regex));
	int number = 0;
	PCRE2_SIZE offset = 0;

	snprintf(reason, 256, "out of memory");
	if (context && regex) {
		pcre2_set_max_pattern_length(context, REGEX_LENGTH_LIMIT);
		pcre2_set_parens_nest_limit(context, REGEX_NESTING_LIMIT);
		regex->code = pcre2_compile((PCRE2_SPTR)pattern.bytes, pattern.length,
					    options_of(flags), &number, &offset, context);
		if (regex->code) {
			/* Where the machine code cannot be had the interpreter serves. */
			pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
		} else {
			PCRE2_UCHAR message[160];
			pcre2_get_error_message(number, message, sizeof(message));
			snprintf(reason, 256, "%s (at its character %zu)", (char *)message,
				 (size_t)offset + 1);
		}
	}
	pcre2_compile_context_free(context);
	if (regex && !regex->code) {
		free(regex);
		regex = NULL;
	}
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	free(regex);
}

/* The limit counts anew at each place of the text where a match may start. */
static uint32_t steps_for(size_t length)
{
	size_t steps = REGEX_STEPS / (length + 1);
	if (steps < REGEX_STEPS_LEAST)
		return REGEX_STEPS_LEAST;
	return steps > REGEX_STEPS_MOST ? REGEX_STEPS_MOST : (uint32_t)steps;
}

bool regex_search(const struct regex *regex, struct regex_work *work, struct text t)
{
	uint32_t steps = steps_for(t.length);
	pcre2_set_match_limit(work->context, steps);
	pcre2_set_depth_limit(work->context, steps);
	int found = pcre2_match(regex->code, (PCRE2_SPTR)(t.bytes ? t.bytes : ""), t.length, 0,
				PCRE2_NO_UTF_CHECK, work->match, work->context);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		work->given_up++;
	return found >= 0;
}

/* The length of one group or class that starts at i, or 0 where it does not end. */
static size_t skip_bracketed(struct text p, size_t i)
{
	size_t depth = 0, start = i;
	bool class = false;
	for (; i < p.length; i++) {
		char c = p.bytes[i];
		if (c == '\\') {
			i++;
		} else if (class) {
			/* "]" first in a class is a plain character: stay on the safe side. */
			if (c == ']' && p.bytes[i - 1] != '[' &&
			    !(p.bytes[i - 1] == '^' && p.bytes[i - 2] == '['))
				class = false;
			if (c == '[')
				return 0;
		} else if (c == '[') {
			class = true;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			depth--;
		}
		if (!class && depth == 0 && i < p.length)
			return i + 1 - start;
	}
	return 0;
}

static bool may_be_absent(char quantifier)
{
	return quantifier == '?' || quantifier == '*' || quantifier == '{';
}

/* A plain character of the pattern at i: its length there (1 or, escaped, 2), or 0. */
static size_t plain_at(struct text p, size_t i)
{
	char c = p.bytes[i];
	if ((unsigned char)c >= 0x80)
		return 0;
	if (c == '\\')
		return i + 1 < p.length && (unsigned char)p.bytes[i + 1] < 0x80 &&
				       !is_alnum(p.bytes[i + 1])
			       ? 2
			       : 0;
	return memchr(".^$*+?()[]{}|", c, 13) ? 0 : 1;
}

/*
 * Looks at the top level only and gives up on alternatives, comments and
 * anything rare. Escapes end a run, so that the run is text of the pattern.
 */
struct text regex_required_literal(struct text p, unsigned flags)
{
	struct text best = TEXT_NONE;
	size_t start = 0, i = 0;
	bool caseless = flags & REGEX_CASELESS;
	if (text_starts_with(p, TEXT("(?i)"))) {
		start = i = 4;
		caseless = true;
	}
	if (text_find(text_skip(p, i), TEXT("(?")) < text_skip(p, i).length) {
		/* Groups with options: only the harmless "(?:" is understood. */
		for (size_t k = i; k + 2 < p.length; k++)
			if (p.bytes[k] == '(' && p.bytes[k + 1] == '?' && p.bytes[k + 2] != ':')
				return TEXT_NONE;
	}
	if (text_find(p, TEXT("(*")) < p.length || text_find(p, TEXT("\\Q")) < p.length ||
	    text_find(p, TEXT("\\E")) < p.length)
		return TEXT_NONE;
	while (i <= p.length) {
		size_t plain = i < p.length ? plain_at(p, i) : 0;
		size_t end = i;
		/* Without case, U+017F is an "s" and U+212A a "k". */
		bool has_cousin = caseless && plain == 1 && memchr("kKsS", p.bytes[i], 4);
		if (plain == 1 && !has_cousin) {
			i++;
			continue;
		}
		/* What comes before a quantifier may not be there at all. */
		if (i < p.length && may_be_absent(p.bytes[i]) && end > start)
			end--;
		if (end - start > best.length && end > start)
			best = (struct text){ p.bytes + start, end - start };
		if (i >= p.length)
			break;
		if (p.bytes[i] == '|')
			return TEXT_NONE;
		if (p.bytes[i] == '(' || p.bytes[i] == '[') {
			size_t skip = skip_bracketed(p, i);
			if (!skip)
				return TEXT_NONE;
			i += skip;
		} else if (p.bytes[i] == '{') {
			size_t close = text_find_byte(text_skip(p, i), '}');
			i += close + 1;
		} else if (p.bytes[i] == '\\') {
			/* \xHH, \p{..}, \d: their letters and digits are no plain text. */
			if (plain == 0 && i + 1 < p.length &&
			    !memchr("dDwWsSbBnrtAzZ", p.bytes[i + 1], 14))
				return TEXT_NONE;
			i += 2;
		} else {
			i++;
		}
		start = i;
	}
	return best;
}
