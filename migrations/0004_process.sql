-- The accountability process: who may do what with a violation, what was
-- done, and which clock runs. The tables of lists are the law; the only way
-- for a person to write is muster.act().

-- Lists ----------------------------------------------------------------------------
-- Rows are those of the program's lists; a test compares them.

CREATE TABLE role (
	name     text PRIMARY KEY,
	postgres name NOT NULL UNIQUE,
	meaning  text NOT NULL
);
INSERT INTO role VALUES
	('officer', 'muster_officer', 'works through the queue: triages, notifies, decides, closes'),
	('supervisor', 'muster_supervisor', 'the second person: signs what needs two, assigns, sanctions'),
	('appeals-officer', 'muster_appeals', 'hears appeals against what others decided'),
	('liaison', 'muster_liaison', 'speaks for the contractor: hands in replies, plans and appeals that did not come through the spool'),
	('auditor', 'muster_auditor', 'reads everything, changes nothing'),
	('daemon', 'muster_daemon', 'musterd: delivers notices, takes in replies, records what lapsed');

CREATE TABLE clock_rule (
	name        text PRIMARY KEY,
	party       text NOT NULL CHECK (party IN ('us', 'them')),
	unit        text NOT NULL CHECK (unit IN ('business day', 'day')),
	amount      integer NOT NULL CHECK (amount > 0),
	amount_high integer NOT NULL CHECK (amount_high > 0),
	meaning     text NOT NULL
);
COMMENT ON COLUMN clock_rule.amount_high IS 'where the severity is high or critical';
INSERT INTO clock_rule VALUES
	('triage', 'us', 'business day', 3, 1, 'time for the office to look at a new or reopened violation'),
	('notify', 'us', 'business day', 5, 2, 'time for the office to give notice of a triaged violation, or to dismiss it'),
	('reply', 'them', 'business day', 14, 14, 'time for the contractor to answer; begins when the notice is delivered (as DFARS 204.7302(a)(2) allows for rebuttal)'),
	('decide', 'us', 'business day', 10, 5, 'time for the office to decide'),
	('plan', 'them', 'business day', 15, 10, 'time for the contractor to hand in a plan of action and milestones'),
	('correct', 'them', 'day', 180, 180, 'time for the contractor to finish the corrective action (32 CFR 170.21(b))'),
	('close', 'us', 'business day', 5, 5, 'time for the office to close what was verified'),
	('escalate', 'us', 'business day', 5, 2, 'time for the office to escalate what is overdue'),
	('sanction', 'us', 'business day', 10, 5, 'time for the office to choose the step of the ladder'),
	('hear', 'us', 'day', 30, 30, 'time for the appeals officer to decide an appeal');

CREATE TABLE state (
	name    text PRIMARY KEY,
	clock   text REFERENCES clock_rule,
	counts  text NOT NULL CHECK (counts IN ('open', 'sustained', 'corrected', 'dismissed')),
	meaning text NOT NULL
);
COMMENT ON COLUMN state.clock IS 'NULL: the case has ended';
COMMENT ON COLUMN state.counts IS 'what a violation in this state is for the score';
INSERT INTO state VALUES
	('flagged', 'triage', 'open', 'a rule matched; nobody has looked at it yet'),
	('triaged', 'notify', 'open', 'an officer holds it worth an answer'),
	('noticed', 'reply', 'open', 'the contractor is told, or will be once the notice leaves the outbox'),
	('replied', 'decide', 'open', 'the contractor has answered'),
	('unanswered', 'decide', 'open', 'the time to answer has run out'),
	('sustained', 'plan', 'sustained', 'decided: the standard was broken'),
	('corrective-action', 'correct', 'sustained', 'a plan of action and milestones is under way'),
	('overdue', 'escalate', 'sustained', 'the contractor''s time for a plan, or for its milestones, has run out'),
	('escalated', 'sanction', 'sustained', 'before the supervisor, for a step of the ladder of sanctions'),
	('verified', 'close', 'corrected', 'somebody other than the decider saw that it is corrected'),
	('appealed', 'hear', 'sustained', 'the contractor has appealed; somebody not involved so far decides'),
	('upheld', 'plan', 'sustained', 'the appeal was heard; the decision stands'),
	('reopened', 'triage', 'open', 'looked at again after its case had ended'),
	('closed', NULL, 'corrected', 'corrected, verified and ended'),
	('dismissed', NULL, 'dismissed', 'ended without notice to the contractor, for a reason on record'),
	('unsubstantiated', NULL, 'dismissed', 'decided: the standard was not shown to be broken'),
	('overturned', NULL, 'dismissed', 'the appeal was heard; the decision does not stand'),
	('merged', NULL, 'dismissed', 'later logs showed that it is part of an older violation'),
	('withdrawn', NULL, 'dismissed', 'judged again, it is no violation');

CREATE TABLE action (
	name    text PRIMARY KEY,
	reasons text NOT NULL,
	needs   text[] NOT NULL,
	may     text[] NOT NULL,
	summary text NOT NULL
);
COMMENT ON COLUMN action.reasons IS 'the list from which a reason must come; none: it takes none';
INSERT INTO action VALUES
	('take', 'none', '{}', '{}', 'take it as your own'),
	('assign', 'none', '{owner}', '{}', 'give it to an officer'),
	('note', 'none', '{note}', '{}', 'write a note into its record'),
	('triage', 'none', '{}', '{note}', 'hold it worth an answer'),
	('dismiss', 'dismissal', '{}', '{note,of,exception}', 'end it without notice, for a reason'),
	('suppress', 'dismissal', '{note,until}', '{rule,subject}', 'keep it and others like it out of the queue for a time'),
	('notice', 'none', '{}', '{note}', 'prepare the notice to the contractor, which leaves when the outbox lets it'),
	('recall', 'none', '{}', '{note}', 'take back a notice that has not left the outbox'),
	('deliver', 'none', '{}', '{}', 'the notice has left; the contractor''s clock runs'),
	('extend', 'none', '{note,until}', '{milestone}', 'give more time, which takes a second person'),
	('reply', 'answer', '{}', '{note}', 'record the contractor''s answer'),
	('lapse', 'none', '{}', '{}', 'the contractor''s time has run out'),
	('sustain', 'sustaining', '{}', '{note}', 'decide that the standard was broken'),
	('unsubstantiate', 'dismissal', '{}', '{note,of,exception}', 'decide that it was not shown to be broken'),
	('plan', 'none', '{milestones}', '{note}', 'record the plan of action and milestones'),
	('milestone', 'none', '{milestone}', '{note}', 'record that a milestone was met'),
	('verify', 'none', '{note}', '{}', 'confirm that it is corrected; not for whoever decided'),
	('close', 'none', '{}', '{note}', 'end the case'),
	('escalate', 'none', '{}', '{note}', 'bring it before the supervisor'),
	('sanction', 'none', '{step,note}', '{}', 'take a step of the ladder, which takes a second person'),
	('appeal', 'none', '{note}', '{}', 'record the contractor''s appeal'),
	('uphold', 'upholding', '{note}', '{}', 'the decision stands'),
	('overturn', 'overturning', '{note}', '{}', 'the decision does not stand'),
	('remand', 'remanding', '{note}', '{}', 'the decision is to be made anew'),
	('reopen', 'none', '{note}', '{}', 'look at it again after its case has ended'),
	('approve', 'none', '{}', '{note}', 'sign, as second person, what a colleague decided'),
	('refuse', 'none', '{note}', '{}', 'decline, as second person, what a colleague decided'),
	('undo', 'none', '{}', '{note}', 'take back your own last act, as long as nothing followed from it'),
	('merge', 'none', '{of}', '{}', 'later logs showed it to be part of an older one'),
	('withdraw', 'none', '{note}', '{}', 'judged again, it is no violation');

CREATE TABLE reason (
	code    text PRIMARY KEY,
	list    text NOT NULL,
	words   boolean NOT NULL,
	told    boolean NOT NULL,
	second  text NOT NULL CHECK (second IN ('never', 'high', 'always')),
	needs   text,
	meaning text NOT NULL
);
COMMENT ON COLUMN reason.words IS 'a note is needed besides';
COMMENT ON COLUMN reason.told IS 'the contractor learns of it';
COMMENT ON COLUMN reason.needs IS 'what must be named besides';
INSERT INTO reason VALUES
	('FPL', 'dismissal', false, false, 'high', NULL, 'false positive: the rule''s logic; opens a defect of the rule'),
	('FPD', 'dismissal', false, true, 'high', NULL, 'false positive: data, parser or clock'),
	('FPA', 'dismissal', false, false, 'always', NULL, 'wrong attribution'),
	('AUT', 'dismissal', true, false, 'high', 'exception', 'authorised: an exception in force covers it'),
	('BEN', 'dismissal', true, false, 'high', NULL, 'true, but within the tolerance of the standard'),
	('DUP', 'dismissal', false, false, 'high', 'of', 'duplicate of another violation'),
	('INS', 'dismissal', true, true, 'high', NULL, 'the evidence is not sufficient'),
	('TRF', 'dismissal', true, false, 'always', NULL, 'another authority has it'),
	('TST', 'dismissal', false, false, 'always', NULL, 'declared exercise'),
	('SUB', 'sustaining', false, true, 'high', NULL, 'substantiated'),
	('SLF', 'sustaining', false, true, 'high', NULL, 'substantiated, and reported by the contractor before it was detected'),
	('FIXED', 'answer', false, true, 'never', NULL, 'it was so, and has been corrected'),
	('COMPENSATING', 'answer', true, true, 'never', NULL, 'another safeguard does the same'),
	('NOT-OURS', 'answer', true, true, 'never', NULL, 'the person, system or record is not the contractor''s'),
	('CANNOT-REPRODUCE', 'answer', false, true, 'never', NULL, 'the contractor''s own records do not show it'),
	('DISPUTE-FACT', 'answer', true, true, 'never', NULL, 'it did not happen as it is said to have'),
	('DISPUTE-RULE', 'answer', true, true, 'never', NULL, 'it happened, and is no breach of the standard'),
	('NEED-TIME', 'answer', true, true, 'never', NULL, 'the contractor asks for more time'),
	('UPHELD', 'upholding', true, true, 'never', NULL, 'the decision stands'),
	('MODIFIED', 'upholding', true, true, 'never', NULL, 'the decision stands in part'),
	('WITHDRAWN', 'upholding', true, true, 'never', NULL, 'the contractor took the appeal back'),
	('OVERTURNED', 'overturning', true, true, 'never', NULL, 'the decision does not stand'),
	('REMANDED', 'remanding', true, true, 'never', NULL, 'the decision is to be made anew');

CREATE TABLE sanction (
	step     integer PRIMARY KEY,
	code     text NOT NULL UNIQUE,
	title    text NOT NULL,
	entitles text NOT NULL
);
INSERT INTO sanction VALUES
	(1, 'concern', 'letter of concern', 'an escalated violation'),
	(2, 'warning', 'formal warning', 'a letter of concern within the last twelve months, or a violation of high or critical severity'),
	(3, 'restricted', 'restricted access', 'a formal warning within the last twelve months, or a critical violation'),
	(4, 'invalidation', 'recommendation to invalidate the facility clearance (32 CFR 117.9(o))', 'restricted access within the last twelve months, or a critical violation that was escalated'),
	(5, 'debarment', 'referral for suspension or debarment (FAR 9.4)', 'a recommendation to invalidate within the last twelve months');

CREATE TABLE transition (
	from_state text NOT NULL REFERENCES state,
	action     text NOT NULL REFERENCES action,
	to_state   text NOT NULL REFERENCES state,
	roles      text[] NOT NULL,
	second     text NOT NULL CHECK (second IN ('never', 'high', 'always', 'by reason')),
	by_whom    text NOT NULL CHECK (by_whom IN ('anybody', 'other', 'second', 'actor')),
	PRIMARY KEY (from_state, action)
);
INSERT INTO transition VALUES
	('flagged', 'take', 'flagged', '{officer,supervisor}', 'never', 'anybody'),
	('flagged', 'assign', 'flagged', '{officer,supervisor}', 'never', 'anybody'),
	('flagged', 'note', 'flagged', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('flagged', 'triage', 'triaged', '{officer}', 'never', 'anybody'),
	('flagged', 'dismiss', 'dismissed', '{officer}', 'by reason', 'anybody'),
	('flagged', 'suppress', 'flagged', '{officer}', 'by reason', 'anybody'),
	('flagged', 'approve', 'flagged', '{supervisor}', 'never', 'second'),
	('flagged', 'refuse', 'flagged', '{supervisor}', 'never', 'second'),
	('flagged', 'undo', 'flagged', '{officer,supervisor}', 'never', 'actor'),
	('flagged', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('flagged', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('triaged', 'take', 'triaged', '{officer,supervisor}', 'never', 'anybody'),
	('triaged', 'assign', 'triaged', '{officer,supervisor}', 'never', 'anybody'),
	('triaged', 'note', 'triaged', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('triaged', 'dismiss', 'dismissed', '{officer}', 'by reason', 'anybody'),
	('triaged', 'suppress', 'triaged', '{officer}', 'by reason', 'anybody'),
	('triaged', 'notice', 'noticed', '{officer}', 'never', 'anybody'),
	('triaged', 'approve', 'triaged', '{supervisor}', 'never', 'second'),
	('triaged', 'refuse', 'triaged', '{supervisor}', 'never', 'second'),
	('triaged', 'undo', 'triaged', '{officer,supervisor}', 'never', 'actor'),
	('triaged', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('triaged', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('noticed', 'take', 'noticed', '{officer,supervisor}', 'never', 'anybody'),
	('noticed', 'assign', 'noticed', '{officer,supervisor}', 'never', 'anybody'),
	('noticed', 'note', 'noticed', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('noticed', 'recall', 'triaged', '{officer,supervisor}', 'never', 'anybody'),
	('noticed', 'deliver', 'noticed', '{daemon}', 'never', 'anybody'),
	('noticed', 'extend', 'noticed', '{officer}', 'always', 'anybody'),
	('noticed', 'reply', 'replied', '{liaison,daemon}', 'never', 'anybody'),
	('noticed', 'lapse', 'unanswered', '{daemon}', 'never', 'anybody'),
	('noticed', 'approve', 'noticed', '{supervisor}', 'never', 'second'),
	('noticed', 'refuse', 'noticed', '{supervisor}', 'never', 'second'),
	('noticed', 'undo', 'noticed', '{officer,supervisor}', 'never', 'actor'),
	('noticed', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('noticed', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('replied', 'take', 'replied', '{officer,supervisor}', 'never', 'anybody'),
	('replied', 'assign', 'replied', '{officer,supervisor}', 'never', 'anybody'),
	('replied', 'note', 'replied', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('replied', 'reply', 'replied', '{liaison,daemon}', 'never', 'anybody'),
	('replied', 'sustain', 'sustained', '{officer}', 'by reason', 'anybody'),
	('replied', 'unsubstantiate', 'unsubstantiated', '{officer}', 'by reason', 'anybody'),
	('replied', 'approve', 'replied', '{supervisor}', 'never', 'second'),
	('replied', 'refuse', 'replied', '{supervisor}', 'never', 'second'),
	('replied', 'undo', 'replied', '{officer,supervisor}', 'never', 'actor'),
	('replied', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('replied', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('unanswered', 'take', 'unanswered', '{officer,supervisor}', 'never', 'anybody'),
	('unanswered', 'assign', 'unanswered', '{officer,supervisor}', 'never', 'anybody'),
	('unanswered', 'note', 'unanswered', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('unanswered', 'reply', 'replied', '{liaison,daemon}', 'never', 'anybody'),
	('unanswered', 'sustain', 'sustained', '{officer}', 'by reason', 'anybody'),
	('unanswered', 'unsubstantiate', 'unsubstantiated', '{officer}', 'by reason', 'anybody'),
	('unanswered', 'approve', 'unanswered', '{supervisor}', 'never', 'second'),
	('unanswered', 'refuse', 'unanswered', '{supervisor}', 'never', 'second'),
	('unanswered', 'undo', 'unanswered', '{officer,supervisor}', 'never', 'actor'),
	('unanswered', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('unanswered', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('sustained', 'take', 'sustained', '{officer,supervisor}', 'never', 'anybody'),
	('sustained', 'assign', 'sustained', '{officer,supervisor}', 'never', 'anybody'),
	('sustained', 'note', 'sustained', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('sustained', 'extend', 'sustained', '{officer}', 'always', 'anybody'),
	('sustained', 'lapse', 'overdue', '{daemon}', 'never', 'anybody'),
	('sustained', 'plan', 'corrective-action', '{officer,liaison}', 'never', 'anybody'),
	('sustained', 'appeal', 'appealed', '{liaison,daemon}', 'never', 'anybody'),
	('sustained', 'approve', 'sustained', '{supervisor}', 'never', 'second'),
	('sustained', 'refuse', 'sustained', '{supervisor}', 'never', 'second'),
	('sustained', 'undo', 'sustained', '{officer,supervisor}', 'never', 'actor'),
	('sustained', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('sustained', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('corrective-action', 'take', 'corrective-action', '{officer,supervisor}', 'never', 'anybody'),
	('corrective-action', 'assign', 'corrective-action', '{officer,supervisor}', 'never', 'anybody'),
	('corrective-action', 'note', 'corrective-action', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('corrective-action', 'extend', 'corrective-action', '{officer}', 'always', 'anybody'),
	('corrective-action', 'lapse', 'overdue', '{daemon}', 'never', 'anybody'),
	('corrective-action', 'milestone', 'corrective-action', '{officer,liaison}', 'never', 'anybody'),
	('corrective-action', 'verify', 'verified', '{officer,supervisor}', 'never', 'other'),
	('corrective-action', 'appeal', 'appealed', '{liaison,daemon}', 'never', 'anybody'),
	('corrective-action', 'approve', 'corrective-action', '{supervisor}', 'never', 'second'),
	('corrective-action', 'refuse', 'corrective-action', '{supervisor}', 'never', 'second'),
	('corrective-action', 'undo', 'corrective-action', '{officer,supervisor}', 'never', 'actor'),
	('corrective-action', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('corrective-action', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('overdue', 'take', 'overdue', '{officer,supervisor}', 'never', 'anybody'),
	('overdue', 'assign', 'overdue', '{officer,supervisor}', 'never', 'anybody'),
	('overdue', 'note', 'overdue', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('overdue', 'plan', 'corrective-action', '{officer,liaison}', 'never', 'anybody'),
	('overdue', 'verify', 'verified', '{officer,supervisor}', 'never', 'other'),
	('overdue', 'escalate', 'escalated', '{officer,supervisor}', 'never', 'anybody'),
	('overdue', 'appeal', 'appealed', '{liaison,daemon}', 'never', 'anybody'),
	('overdue', 'approve', 'overdue', '{supervisor}', 'never', 'second'),
	('overdue', 'refuse', 'overdue', '{supervisor}', 'never', 'second'),
	('overdue', 'undo', 'overdue', '{officer,supervisor}', 'never', 'actor'),
	('overdue', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('overdue', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('escalated', 'take', 'escalated', '{officer,supervisor}', 'never', 'anybody'),
	('escalated', 'assign', 'escalated', '{officer,supervisor}', 'never', 'anybody'),
	('escalated', 'note', 'escalated', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('escalated', 'plan', 'corrective-action', '{officer,liaison}', 'never', 'anybody'),
	('escalated', 'verify', 'verified', '{officer,supervisor}', 'never', 'other'),
	('escalated', 'sanction', 'escalated', '{supervisor}', 'always', 'anybody'),
	('escalated', 'appeal', 'appealed', '{liaison,daemon}', 'never', 'anybody'),
	('escalated', 'approve', 'escalated', '{supervisor}', 'never', 'second'),
	('escalated', 'refuse', 'escalated', '{supervisor}', 'never', 'second'),
	('escalated', 'undo', 'escalated', '{officer,supervisor}', 'never', 'actor'),
	('escalated', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('escalated', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('verified', 'take', 'verified', '{officer,supervisor}', 'never', 'anybody'),
	('verified', 'assign', 'verified', '{officer,supervisor}', 'never', 'anybody'),
	('verified', 'note', 'verified', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('verified', 'close', 'closed', '{officer}', 'never', 'anybody'),
	('verified', 'approve', 'verified', '{supervisor}', 'never', 'second'),
	('verified', 'refuse', 'verified', '{supervisor}', 'never', 'second'),
	('verified', 'undo', 'verified', '{officer,supervisor}', 'never', 'actor'),
	('verified', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('verified', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('appealed', 'take', 'appealed', '{officer,supervisor}', 'never', 'anybody'),
	('appealed', 'assign', 'appealed', '{officer,supervisor}', 'never', 'anybody'),
	('appealed', 'note', 'appealed', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('appealed', 'uphold', 'upheld', '{appeals-officer}', 'never', 'other'),
	('appealed', 'overturn', 'overturned', '{appeals-officer}', 'never', 'other'),
	('appealed', 'remand', 'replied', '{appeals-officer}', 'never', 'other'),
	('appealed', 'approve', 'appealed', '{supervisor}', 'never', 'second'),
	('appealed', 'refuse', 'appealed', '{supervisor}', 'never', 'second'),
	('appealed', 'undo', 'appealed', '{officer,supervisor}', 'never', 'actor'),
	('appealed', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('appealed', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('upheld', 'take', 'upheld', '{officer,supervisor}', 'never', 'anybody'),
	('upheld', 'assign', 'upheld', '{officer,supervisor}', 'never', 'anybody'),
	('upheld', 'note', 'upheld', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('upheld', 'extend', 'upheld', '{officer}', 'always', 'anybody'),
	('upheld', 'lapse', 'overdue', '{daemon}', 'never', 'anybody'),
	('upheld', 'plan', 'corrective-action', '{officer,liaison}', 'never', 'anybody'),
	('upheld', 'approve', 'upheld', '{supervisor}', 'never', 'second'),
	('upheld', 'refuse', 'upheld', '{supervisor}', 'never', 'second'),
	('upheld', 'undo', 'upheld', '{officer,supervisor}', 'never', 'actor'),
	('upheld', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('upheld', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('reopened', 'take', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('reopened', 'assign', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('reopened', 'note', 'reopened', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('reopened', 'triage', 'triaged', '{officer}', 'never', 'anybody'),
	('reopened', 'dismiss', 'dismissed', '{officer}', 'by reason', 'anybody'),
	('reopened', 'approve', 'reopened', '{supervisor}', 'never', 'second'),
	('reopened', 'refuse', 'reopened', '{supervisor}', 'never', 'second'),
	('reopened', 'undo', 'reopened', '{officer,supervisor}', 'never', 'actor'),
	('reopened', 'merge', 'merged', '{daemon}', 'never', 'anybody'),
	('reopened', 'withdraw', 'withdrawn', '{daemon}', 'never', 'anybody'),
	('closed', 'note', 'closed', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('closed', 'reopen', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('closed', 'approve', 'closed', '{supervisor}', 'never', 'second'),
	('closed', 'refuse', 'closed', '{supervisor}', 'never', 'second'),
	('closed', 'undo', 'closed', '{officer,supervisor}', 'never', 'actor'),
	('dismissed', 'note', 'dismissed', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('dismissed', 'reopen', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('dismissed', 'approve', 'dismissed', '{supervisor}', 'never', 'second'),
	('dismissed', 'refuse', 'dismissed', '{supervisor}', 'never', 'second'),
	('dismissed', 'undo', 'dismissed', '{officer,supervisor}', 'never', 'actor'),
	('unsubstantiated', 'note', 'unsubstantiated', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('unsubstantiated', 'reopen', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('unsubstantiated', 'approve', 'unsubstantiated', '{supervisor}', 'never', 'second'),
	('unsubstantiated', 'refuse', 'unsubstantiated', '{supervisor}', 'never', 'second'),
	('unsubstantiated', 'undo', 'unsubstantiated', '{officer,supervisor}', 'never', 'actor'),
	('overturned', 'note', 'overturned', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('overturned', 'approve', 'overturned', '{supervisor}', 'never', 'second'),
	('overturned', 'refuse', 'overturned', '{supervisor}', 'never', 'second'),
	('overturned', 'undo', 'overturned', '{officer,supervisor}', 'never', 'actor'),
	('merged', 'note', 'merged', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('merged', 'approve', 'merged', '{supervisor}', 'never', 'second'),
	('merged', 'refuse', 'merged', '{supervisor}', 'never', 'second'),
	('merged', 'undo', 'merged', '{officer,supervisor}', 'never', 'actor'),
	('withdrawn', 'note', 'withdrawn', '{officer,supervisor,appeals-officer,liaison}', 'never', 'anybody'),
	('withdrawn', 'reopen', 'reopened', '{officer,supervisor}', 'never', 'anybody'),
	('withdrawn', 'approve', 'withdrawn', '{supervisor}', 'never', 'second'),
	('withdrawn', 'refuse', 'withdrawn', '{supervisor}', 'never', 'second'),
	('withdrawn', 'undo', 'withdrawn', '{officer,supervisor}', 'never', 'actor');

-- People -----------------------------------------------------------------------------

CREATE TABLE account (
	name      text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_.-]{0,62}$'),
	full_name text NOT NULL CHECK (full_name <> ''),
	added_at  timestamptz NOT NULL,
	added_by  text NOT NULL,
	closed_at timestamptz,
	closed_by text,
	CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON COLUMN account.name IS 'the role with which the person logs in to PostgreSQL';

CREATE TABLE account_role (
	account    text NOT NULL REFERENCES account,
	role       text NOT NULL REFERENCES role CHECK (role <> 'daemon'),
	granted_at timestamptz NOT NULL,
	granted_by text NOT NULL,
	revoked_at timestamptz,
	revoked_by text,
	PRIMARY KEY (account, role, granted_at)
);
CREATE UNIQUE INDEX account_role_in_force ON account_role (account, role) WHERE revoked_at IS NULL;

CREATE TABLE portfolio (
	account    text NOT NULL REFERENCES account,
	contractor integer REFERENCES contractor,
	granted_at timestamptz NOT NULL,
	granted_by text NOT NULL,
	revoked_at timestamptz,
	revoked_by text
);
CREATE UNIQUE INDEX portfolio_in_force ON portfolio (account, (coalesce(contractor, 0)))
	WHERE revoked_at IS NULL;
COMMENT ON COLUMN portfolio.contractor IS 'NULL: all contractors';

-- The office: its calendar, and for how long what goes out is held back ----------------

CREATE TABLE office (
	only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
	outbox_hold interval NOT NULL CHECK (outbox_hold BETWEEN '0' AND '7 days'),
	time_zone   text NOT NULL,
	weekend     integer NOT NULL CHECK (weekend BETWEEN 0 AND 126)
);
COMMENT ON COLUMN office.weekend IS 'bit n: day n of the week (0: Sunday) is no business day';
INSERT INTO office (outbox_hold, time_zone, weekend) VALUES ('10 minutes', 'UTC', 65);

CREATE TABLE holiday (
	day  date PRIMARY KEY,
	name text NOT NULL
);

-- Cases --------------------------------------------------------------------------------

-- version is the number of the violation's last act. Of an open one exactly
-- one clock runs or is paused; while it is paused nothing is due.
ALTER TABLE violation
	ADD COLUMN version         integer NOT NULL DEFAULT 0,
	ADD COLUMN clock_name      text DEFAULT 'triage',
	ADD COLUMN clock_party     text DEFAULT 'us',
	ADD COLUMN clock_started   timestamptz,
	ADD COLUMN clock_paused_at timestamptz,
	ADD COLUMN disputed        boolean NOT NULL DEFAULT false,
	ADD COLUMN pending_action  integer,
	ADD COLUMN suppressed_until timestamptz;
COMMENT ON COLUMN violation.pending_action IS 'number of the act that waits for a second person';
CREATE INDEX violation_clock ON violation (due) WHERE clock_name IS NOT NULL;

CREATE TYPE clock_reading AS (
	name      text,
	started   timestamptz,
	due       timestamptz,
	paused_at timestamptz
);

CREATE TABLE act (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	number        integer NOT NULL,
	at            timestamptz NOT NULL,
	recorded_at   timestamptz NOT NULL,
	actor         text NOT NULL,
	role          text NOT NULL,
	action        text NOT NULL,
	reason        text,
	note          text,
	from_state    text NOT NULL,
	to_state      text NOT NULL,
	outcome       text NOT NULL CHECK (outcome IN ('done', 'waits', 'approved', 'refused')),
	data          jsonb NOT NULL,
	reverses      integer,
	approves      integer,
	clock_before  clock_reading NOT NULL,
	clock_after   clock_reading NOT NULL,
	leaves_at     timestamptz,
	before        jsonb NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
CREATE INDEX act_at ON act (contractor_id, at);
COMMENT ON COLUMN act.at IS 'moment that counts; what lapses does so when it is due, whenever that is recorded';
COMMENT ON COLUMN act.approves IS 'number of the act that was signed, or declined';
COMMENT ON COLUMN act.leaves_at IS 'when what it says leaves the building, after which it is not undone';
COMMENT ON COLUMN act.before IS 'what an undo brings back';

-- Milestones are set anew by another revision; the first due date stays.
CREATE TABLE milestone (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	number        integer NOT NULL CHECK (number > 0),
	revision      integer NOT NULL CHECK (revision > 0),
	title         text NOT NULL CHECK (title <> ''),
	due           date NOT NULL,
	act_number    integer NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, number, revision),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);

CREATE TABLE suppression (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	act_number    integer NOT NULL,
	rule_key      text,
	subject       text,
	since         timestamptz NOT NULL,
	until         timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, act_number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
COMMENT ON TABLE suppression IS 'what is kept out of the queue besides the violation itself; at least one of rule_key and subject';

CREATE TABLE sanction_taken (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	act_number    integer NOT NULL,
	step          integer NOT NULL REFERENCES sanction,
	at            timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, act_number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
CREATE INDEX sanction_taken_step ON sanction_taken (contractor_id, step, at);

CREATE TABLE look (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	at            timestamptz NOT NULL,
	who           text NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, at, who),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
COMMENT ON TABLE look IS 'who opened a violation''s evidence, and when';

-- What is to be written to contractors, until it is; and what was.
CREATE TABLE outbox (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	act_number    integer NOT NULL,
	leaves_at     timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, act_number)
);
CREATE INDEX outbox_leaves ON outbox (leaves_at);
CREATE TABLE letter (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	act_number    integer NOT NULL,
	sent_at       timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, act_number),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
COMMENT ON TABLE letter IS 'what has left the building: the notice or decision of that act';

-- Documents that contractors delivered for a case; the bytes are evidence.
CREATE TABLE attachment (
	contractor_id integer NOT NULL,
	violation_id  bigint NOT NULL,
	delivery_id   text NOT NULL,
	name          text NOT NULL,
	sha256        bytea NOT NULL CHECK (octet_length(sha256) = 32),
	bytes         bigint NOT NULL,
	received_at   timestamptz NOT NULL,
	PRIMARY KEY (contractor_id, violation_id, delivery_id),
	FOREIGN KEY (contractor_id, violation_id) REFERENCES violation (contractor_id, id)
);
CREATE INDEX attachment_sha256 ON attachment (contractor_id, violation_id, sha256);

-- Until when a violation that is opened at that moment is kept out of the
-- queue, or NULL: by what was suppressed with all of its rule or subject, as
-- long as it is no more severe.
CREATE FUNCTION suppressed_until(contractor integer, of_rule text, of_subject text,
	of_severity integer, opened timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT max(s.until) FROM muster.suppression s
	JOIN muster.violation v ON v.contractor_id = s.contractor_id AND v.id = s.violation_id
	WHERE s.contractor_id = contractor AND s.since <= opened AND s.until > opened
		AND coalesce(s.rule_key, of_rule) = of_rule
		AND coalesce(s.subject, of_subject) = of_subject AND of_severity <= v.severity
		AND NOT EXISTS (SELECT FROM muster.act u WHERE u.contractor_id = s.contractor_id
			AND u.violation_id = s.violation_id AND u.reverses = s.act_number)
$$;

-- Time ---------------------------------------------------------------------------------

CREATE FUNCTION moment() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT clock_timestamp() $$;
COMMENT ON FUNCTION moment() IS 'now, to everything that the process does';

-- The first moment that is too late. Business days end with the last moment of
-- the nth business day after the office's date on which they began.
CREATE FUNCTION clock_due(started timestamptz, unit text, amount integer) RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	zone text;
	days_off integer;
	last date;
	remaining integer := amount;
BEGIN
	IF NOT isfinite(started) OR amount > 10000 THEN
		RAISE EXCEPTION 'no clock counts % %s from %', amount, unit, started
			USING ERRCODE = 'datetime_field_overflow';
	ELSIF unit = 'day' THEN
		RETURN started + amount * interval '24 hours';
	ELSIF unit = 'hour' THEN
		RETURN started + amount * interval '1 hour';
	ELSIF unit NOT IN ('business day', 'year') THEN
		RAISE EXCEPTION 'no clock is counted in %', unit;
	END IF;
	SELECT o.time_zone, o.weekend INTO zone, days_off FROM muster.office o;
	IF unit = 'year' THEN
		RETURN ((started AT TIME ZONE zone) + amount * interval '1 year') AT TIME ZONE zone;
	END IF;
	last := (started AT TIME ZONE zone)::date;
	WHILE remaining > 0 LOOP
		last := last + 1;
		IF days_off >> extract(dow FROM last)::integer & 1 = 0 AND
				NOT EXISTS (SELECT FROM muster.holiday h WHERE h.day = last) THEN
			remaining := remaining - 1;
		END IF;
	END LOOP;
	RETURN (last + 1)::timestamp AT TIME ZONE zone;
END $$;

-- The office's date at that moment.
CREATE FUNCTION office_day(at timestamptz) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (office_day.at AT TIME ZONE o.time_zone)::date FROM muster.office o
$$;

-- When a violation that is opened at that moment is to have been looked at.
CREATE FUNCTION opening_due(opened timestamptz, high boolean) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT muster.clock_due(opened, r.unit, CASE WHEN high THEN r.amount_high ELSE r.amount END)
	FROM muster.clock_rule r WHERE r.name = 'triage'
$$;

-- The office's settings, as the configuration has them. weekend: as in office.
CREATE FUNCTION office_configure(hold_seconds integer, zone text, weekend integer, days date[],
	names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM now() AT TIME ZONE zone;
	UPDATE muster.office o SET outbox_hold = make_interval(secs => hold_seconds),
		time_zone = zone, weekend = office_configure.weekend
		WHERE (o.outbox_hold, o.time_zone, o.weekend) IS DISTINCT FROM
			(make_interval(secs => hold_seconds), zone, office_configure.weekend);
	DELETE FROM muster.holiday h WHERE h.day <> ALL (days);
	INSERT INTO muster.holiday AS h
		SELECT u.day, u.name FROM unnest(days, names) AS u (day, name)
		ON CONFLICT (day) DO UPDATE SET name = excluded.name WHERE h.name <> excluded.name;
END $$;

-- What was opened before there were clocks has its time from now on.
UPDATE violation SET
	clock_name = CASE WHEN state IN ('merged', 'withdrawn') THEN NULL ELSE 'triage' END,
	clock_party = CASE WHEN state IN ('merged', 'withdrawn') THEN NULL ELSE 'us' END,
	clock_started = CASE WHEN state IN ('merged', 'withdrawn') THEN NULL ELSE now() END,
	due = CASE WHEN state IN ('merged', 'withdrawn') THEN NULL
		ELSE opening_due(now(), severity >= 4) END;
ALTER TABLE violation ADD CONSTRAINT violation_clock_check CHECK (
	CASE WHEN state = ANY ('{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}')
	THEN num_nonnulls(clock_name, clock_party, clock_started, clock_paused_at, due) = 0
	ELSE num_nulls(clock_name, clock_party, clock_started) = 0
		AND num_nonnulls(due, clock_paused_at) = 1 END);

-- Who acts -------------------------------------------------------------------------------

CREATE FUNCTION refuse(code text, message text, detail text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF detail IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
	END IF;
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
END $$;
COMMENT ON FUNCTION refuse(text, text, text) IS
	'MU001: the state is against it; MU002: the person is; MU003: a colleague was faster; MU004: something is missing';

-- The person, or the daemon, that this session is, and the roles it has.
CREATE FUNCTION acting(OUT name text, OUT roles text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person muster.account;
BEGIN
	name := session_user;
	SELECT a.* INTO person FROM muster.account a WHERE a.name = session_user;
	IF FOUND AND person.closed_at IS NOT NULL THEN
		PERFORM muster.refuse('MU002', format('the account of %s was closed', name),
			format('by %s at %s', person.closed_by, person.closed_at));
	ELSIF FOUND THEN
		SELECT coalesce(array_agg(r.name), '{}') INTO roles
			FROM muster.account_role g JOIN muster.role r ON r.name = g.role
			WHERE g.account = session_user AND g.revoked_at IS NULL
				AND pg_has_role(session_user, r.postgres, 'USAGE');
	ELSIF session_user = 'muster_daemon' OR current_setting('role') = 'muster_daemon' THEN
		roles := '{daemon}';
	ELSE
		PERFORM muster.refuse('MU002', format('%s is no person of this office', name));
	END IF;
END $$;

-- Which contractors this session may read: policies ask once a statement. Who
-- is no person (a role of the office itself) reads all.
CREATE FUNCTION sees_all() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT EXISTS (SELECT FROM muster.account a WHERE a.name = session_user)
		OR EXISTS (SELECT FROM muster.account a JOIN muster.portfolio p ON p.account = a.name
			WHERE a.name = session_user AND a.closed_at IS NULL
			AND p.revoked_at IS NULL AND p.contractor IS NULL)
$$;
CREATE FUNCTION portfolio_of() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(p.contractor), '{}')
	FROM muster.account a JOIN muster.portfolio p ON p.account = a.name
	WHERE a.name = session_user AND a.closed_at IS NULL
		AND p.revoked_at IS NULL AND p.contractor IS NOT NULL
$$;

-- What the acts of a case say --------------------------------------------------------------

CREATE FUNCTION clock_of(c violation) RETURNS clock_reading
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT row(c.clock_name, c.clock_started, c.due, c.clock_paused_at)::muster.clock_reading
$$;

-- Acts that were not taken back.
CREATE VIEW act_in_force WITH (security_invoker = true) AS
	SELECT a.* FROM act a WHERE NOT EXISTS (SELECT FROM act u
		WHERE u.contractor_id = a.contractor_id AND u.violation_id = a.violation_id
		AND u.reverses = a.number);

-- The milestones of a plan as they are: first and present due date, and
-- whether they are met. A new plan takes the place of what is not met yet.
CREATE VIEW plan WITH (security_invoker = true) AS
	SELECT p.* FROM (SELECT DISTINCT ON (m.contractor_id, m.violation_id, m.number)
		m.contractor_id, m.violation_id, m.number, m.revision, m.title, m.due,
		first_value(m.due) OVER (PARTITION BY m.contractor_id, m.violation_id, m.number
			ORDER BY m.revision) AS first_due, m.act_number,
		(SELECT min(d.at) FROM act_in_force d WHERE d.contractor_id = m.contractor_id
			AND d.violation_id = m.violation_id AND d.action = 'milestone'
			AND (d.data ->> 'milestone')::integer = m.number) AS met_at
	FROM milestone m JOIN act_in_force a ON a.contractor_id = m.contractor_id
		AND a.violation_id = m.violation_id AND a.number = m.act_number
	ORDER BY m.contractor_id, m.violation_id, m.number, m.revision DESC) p
	WHERE p.met_at IS NOT NULL OR p.act_number >= (SELECT max(x.number) FROM act_in_force x
		WHERE x.contractor_id = p.contractor_id AND x.violation_id = p.violation_id
		AND x.action = 'plan');

-- When the contractor's time is over: the clock's, or that of the first
-- milestone that is not met.
CREATE FUNCTION case_due(c violation) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN c.state <> 'corrective-action' THEN c.due ELSE least(c.due,
		(SELECT (min(p.due) + 1)::timestamp AT TIME ZONE o.time_zone
			FROM muster.plan p WHERE p.contractor_id = c.contractor_id
			AND p.violation_id = c.id AND p.met_at IS NULL)) END
	FROM muster.office o
$$;

-- What those roles can do in that state, in words.
CREATE FUNCTION possible(in_state text, with_roles text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'possible for you: ' || coalesce(string_agg(t.action, ', ' ORDER BY t.action), 'nothing')
	FROM muster.transition t WHERE t.from_state = in_state AND t.roles && with_roles
$$;

CREATE FUNCTION act_in_words(a act) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%s: %s by %s%s', to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		a.action, a.actor, CASE a.outcome WHEN 'waits' THEN ', which waits for a second person'
		ELSE '' END)
$$;

-- Has this person decided in this case, signed a decision, or appealed against one?
CREATE FUNCTION has_decided(c violation, person text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.act d JOIN muster.action k ON k.name = d.action
			WHERE d.contractor_id = c.contractor_id AND d.violation_id = c.id
			AND (k.reasons NOT IN ('none', 'answer') OR k.name IN ('sanction', 'appeal'))
			AND (d.actor = person OR EXISTS (SELECT FROM muster.act s
				WHERE s.contractor_id = c.contractor_id AND s.violation_id = c.id
				AND s.approves = d.number AND s.action = 'approve' AND s.actor = person)))
$$;

-- Whether an act may be --------------------------------------------------------------------

CREATE FUNCTION data_moment(data jsonb, name text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
SET datestyle = 'ISO, YMD' AS $$
BEGIN
	RETURN (data ->> name)::timestamptz;
EXCEPTION WHEN data_exception THEN
	PERFORM muster.refuse('MU004', format('"%s" is no moment', data ->> name));
END $$;

CREATE FUNCTION data_integer(data jsonb, name text) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (data ->> name)::integer;
EXCEPTION WHEN data_exception THEN
	PERFORM muster.refuse('MU004', format('"%s" is no number', data ->> name));
END $$;

-- The reason, the words and the arguments that the lists ask for.
CREATE FUNCTION act_check_needs(a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	k muster.action;
	given muster.reason;
	needed text[];
	wrong text;
BEGIN
	SELECT x.* INTO k FROM muster.action x WHERE x.name = a.action;
	needed := k.needs;
	IF jsonb_typeof(a.data) <> 'object' THEN
		PERFORM muster.refuse('MU004', 'arguments come as an object, by their names');
	ELSIF a.data -> 'rule' <> 'true' OR a.data -> 'subject' <> 'true' THEN
		PERFORM muster.refuse('MU004', 'rule and subject are true or not given');
	END IF;
	IF k.reasons <> 'none' THEN
		SELECT r.* INTO given FROM muster.reason r WHERE r.code = a.reason AND r.list = k.reasons;
		IF NOT FOUND THEN
			PERFORM muster.refuse('MU004', CASE WHEN a.reason IS NULL
				THEN format('%s needs a reason', a.action)
				ELSE format('%s is no reason to %s', a.reason, a.action) END,
				(SELECT 'one of: ' || string_agg(r.code, ', ') FROM muster.reason r
					WHERE r.list = k.reasons));
		END IF;
		IF given.words THEN
			needed := needed || 'note'::text;
		END IF;
		IF given.needs IS NOT NULL THEN
			needed := needed || given.needs;
		END IF;
	ELSIF a.reason IS NOT NULL THEN
		PERFORM muster.refuse('MU004', format('%s takes no reason', a.action));
	END IF;
	IF 'note' = ANY (needed) AND coalesce(btrim(a.note), '') = '' THEN
		PERFORM muster.refuse('MU004', format('%s needs words for the record',
			concat_ws(' for ', a.action, a.reason)));
	END IF;
	IF octet_length(a.note) > 65536 OR octet_length(a.data::text) > 65536 THEN
		PERFORM muster.refuse('MU004', 'more than 65536 bytes of words');
	END IF;
	SELECT string_agg(n, ', ') INTO wrong FROM unnest(needed) n
		WHERE n <> 'note' AND coalesce(btrim(a.data ->> n), '') = '';
	IF wrong IS NOT NULL THEN
		PERFORM muster.refuse('MU004', format('%s needs: %s',
			concat_ws(' for ', a.action, a.reason), wrong));
	END IF;
	SELECT string_agg(d, ', ') INTO wrong FROM jsonb_object_keys(a.data) d
		WHERE d = 'note' OR d <> ALL (k.needs || k.may
			|| CASE WHEN a.role = 'daemon' THEN '{sent,delivery,attachments}' ELSE '{}' END::text[]);
	IF wrong IS NOT NULL THEN
		PERFORM muster.refuse('MU004', format('%s does not take: %s', a.action, wrong));
	END IF;
END $$;

CREATE FUNCTION act_check_owner(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM muster.account p JOIN muster.account_role g ON g.account = p.name
		WHERE p.name = a.data ->> 'owner' AND p.closed_at IS NULL
		AND g.revoked_at IS NULL AND g.role IN ('officer', 'supervisor')
		AND EXISTS (SELECT FROM muster.portfolio f WHERE f.account = p.name
			AND f.revoked_at IS NULL AND coalesce(f.contractor, c.contractor_id) = c.contractor_id);
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004', format('%s is no officer who has this contractor',
			a.data ->> 'owner'));
	END IF;
END $$;

-- The other violation that is named: of the same contractor, and alive.
CREATE FUNCTION act_check_of(c violation, a act) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other bigint;
BEGIN
	SELECT v.id INTO other FROM muster.violation v JOIN muster.state s ON s.name = v.state
		WHERE v.contractor_id = c.contractor_id AND v.number = a.data ->> 'of' AND v.id <> c.id
		AND (s.counts <> 'dismissed' OR a.action = 'merge');
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004',
			format('%s is no other violation of this contractor that stands', a.data ->> 'of'));
	END IF;
	RETURN other;
END $$;

CREATE FUNCTION act_check_until(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	until timestamptz := muster.data_moment(a.data, 'until');
	milestone muster.plan;
BEGIN
	IF NOT until > a.recorded_at OR until = 'infinity' THEN
		PERFORM muster.refuse('MU004', 'until must be a moment to come');
	ELSIF a.action = 'suppress' AND until > a.recorded_at + interval '366 days' THEN
		PERFORM muster.refuse('MU004', 'nothing is suppressed for more than a year');
	ELSIF a.action = 'extend' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has not left: its clock does not run yet');
	ELSIF a.action = 'extend' AND a.data ? 'milestone' THEN
		SELECT p.* INTO milestone FROM muster.plan p WHERE p.contractor_id = c.contractor_id
			AND p.violation_id = c.id AND p.number = muster.data_integer(a.data, 'milestone');
		IF milestone.number IS NULL OR milestone.met_at IS NOT NULL THEN
			PERFORM muster.refuse('MU004', format('there is no milestone %s that is not met',
				a.data ->> 'milestone'));
		ELSIF (until AT TIME ZONE 'UTC')::date <= milestone.due OR until > c.due THEN
			PERFORM muster.refuse('MU004', format(
				'a milestone is extended past its day, %s, and not past the clock''s', milestone.due));
		END IF;
	ELSIF a.action = 'extend' AND until <= c.due THEN
		PERFORM muster.refuse('MU004', format('it is due at %s; an extension is later', c.due));
	END IF;
END $$;

CREATE FUNCTION act_check_plan(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last timestamptz := muster.clock_due(a.at, 'day', (SELECT CASE WHEN c.severity >= 4
		THEN r.amount_high ELSE r.amount END FROM muster.clock_rule r WHERE r.name = 'correct'));
	today date := muster.office_day(a.at);
	last_day date;
	wrong text;
BEGIN
	last_day := muster.office_day(last);
	IF jsonb_typeof(a.data -> 'milestones') <> 'array' OR
			jsonb_array_length(a.data -> 'milestones') NOT BETWEEN 1 AND 100 THEN
		PERFORM muster.refuse('MU004', 'a plan has 1 to 100 milestones');
	END IF;
	BEGIN
		SELECT m.value ->> 'title' INTO wrong FROM jsonb_array_elements(a.data -> 'milestones') m
			WHERE coalesce(btrim(m.value ->> 'title'), '') = ''
			OR (m.value ->> 'due')::date IS NULL OR (m.value ->> 'due')::date < today
			OR (m.value ->> 'due')::date > last_day
			OR m.value ? 'milestone' AND (NOT EXISTS (SELECT FROM muster.milestone h
				WHERE h.contractor_id = c.contractor_id AND h.violation_id = c.id
				AND h.number = (m.value ->> 'milestone')::integer)
				OR EXISTS (SELECT FROM muster.plan h WHERE h.contractor_id = c.contractor_id
				AND h.violation_id = c.id AND h.met_at IS NOT NULL
				AND h.number = (m.value ->> 'milestone')::integer))
			LIMIT 1;
	EXCEPTION WHEN data_exception THEN
		PERFORM muster.refuse('MU004', 'a milestone has a title, and a day on which it is due');
	END;
	IF FOUND THEN
		PERFORM muster.refuse('MU004', format('milestone "%s" needs a title and a day from %s to %s, '
			'and only one of this plan can be set anew', wrong, today, last_day));
	ELSIF (SELECT count(*) <> count(DISTINCT (m.value ->> 'milestone')::integer)
			FROM jsonb_array_elements(a.data -> 'milestones') m WHERE m.value ? 'milestone') THEN
		PERFORM muster.refuse('MU004', 'a milestone is set anew once in a plan');
	END IF;
END $$;

CREATE FUNCTION act_check_sanction(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted muster.sanction;
BEGIN
	SELECT s.* INTO wanted FROM muster.sanction s WHERE s.code = a.data ->> 'step';
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004', format('%s is no step of the ladder', a.data ->> 'step'),
			(SELECT 'one of: ' || string_agg(s.code, ', ' ORDER BY s.step) FROM muster.sanction s));
	END IF;
	IF wanted.step = 1 OR (wanted.step = 2 AND c.severity >= 4) OR
			(wanted.step IN (3, 4) AND c.severity = 5) THEN
		RETURN;
	END IF;
	PERFORM FROM muster.sanction_taken t
		JOIN muster.act_in_force f ON f.contractor_id = t.contractor_id
			AND f.violation_id = t.violation_id AND f.number = t.act_number
		JOIN muster.violation v ON v.contractor_id = t.contractor_id AND v.id = t.violation_id
		JOIN muster.state s ON s.name = v.state
		WHERE t.contractor_id = c.contractor_id AND t.step = wanted.step - 1
		AND t.at > a.recorded_at - interval '12 months' AND s.counts <> 'dismissed';
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU001', format('nothing entitles to: %s', wanted.title),
			format('it takes: %s', wanted.entitles));
	END IF;
END $$;

-- Appeals are heard when they come within 30 days of the decision, and once.
CREATE FUNCTION act_check_appeal(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	decided timestamptz;
	decision integer;
	heard muster.act;
BEGIN
	SELECT max(d.at), max(d.number) INTO decided, decision FROM muster.act_in_force d
		WHERE d.contractor_id = c.contractor_id AND d.violation_id = c.id
		AND d.to_state = 'sustained' AND d.from_state <> 'sustained' AND d.action <> 'undo';
	SELECT h.* INTO heard FROM muster.act_in_force h WHERE h.contractor_id = c.contractor_id
		AND h.violation_id = c.id AND h.action = 'uphold' AND h.number > decision LIMIT 1;
	IF FOUND THEN
		PERFORM muster.refuse('MU001', 'an appeal against this decision has been heard',
			format('it was upheld at %s', heard.at));
	ELSIF a.recorded_at > decided + interval '30 days' THEN
		PERFORM muster.refuse('MU001', 'the appeal comes too late',
			format('it was decided at %s; an appeal has 30 days', decided));
	END IF;
END $$;

CREATE FUNCTION act_check_milestones(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	open_ones text;
BEGIN
	IF a.action = 'milestone' THEN
		PERFORM FROM muster.plan p WHERE p.contractor_id = c.contractor_id AND p.violation_id = c.id
			AND p.number = muster.data_integer(a.data, 'milestone') AND p.met_at IS NULL;
		IF NOT FOUND THEN
			PERFORM muster.refuse('MU004', format('there is no milestone %s that is not met',
				a.data ->> 'milestone'));
		END IF;
		RETURN;
	END IF;
	SELECT string_agg(p.number::text, ', ' ORDER BY p.number) INTO open_ones FROM muster.plan p
		WHERE p.contractor_id = c.contractor_id AND p.violation_id = c.id AND p.met_at IS NULL;
	IF open_ones IS NOT NULL THEN
		PERFORM muster.refuse('MU001', format('milestones are not met: %s', open_ones));
	END IF;
END $$;

-- The daemon's own acts are facts: they are only so when their time has come.
CREATE FUNCTION act_check_time(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	leaves timestamptz;
BEGIN
	IF a.action = 'lapse' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the clock does not run yet');
	ELSIF a.action = 'lapse' AND muster.case_due(c) > a.recorded_at THEN
		PERFORM muster.refuse('MU001', format('it is due at %s', muster.case_due(c)));
	ELSIF a.action = 'deliver' AND c.clock_paused_at IS NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has left already');
	ELSIF a.action = 'recall' AND c.clock_paused_at IS NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has left', (SELECT muster.act_in_words(d)
			FROM muster.act d WHERE d.contractor_id = c.contractor_id AND d.violation_id = c.id
			AND d.action = 'deliver' ORDER BY d.number DESC LIMIT 1));
	ELSIF a.action IN ('deliver', 'recall') THEN
		SELECT n.leaves_at INTO leaves FROM muster.act n WHERE n.contractor_id = c.contractor_id
			AND n.violation_id = c.id AND n.action = 'notice' ORDER BY n.number DESC LIMIT 1;
		IF a.action = 'deliver' AND leaves > a.recorded_at THEN
			PERFORM muster.refuse('MU001', format('the outbox holds it until %s', leaves));
		ELSIF a.action = 'recall' AND leaves <= a.recorded_at THEN
			PERFORM muster.refuse('MU001', format('the outbox has let it go at %s', leaves));
		END IF;
	ELSIF a.action = 'reply' AND c.clock_paused_at IS NOT NULL THEN
		PERFORM muster.refuse('MU001', 'the notice has not left: there is nothing to answer yet');
	END IF;
END $$;

-- Exceptions come with a later migration, which says what they cover.
CREATE FUNCTION act_check_exception(c violation, a act) RETURNS void
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT muster.refuse('MU004', 'there are no exceptions yet')
$$;

CREATE FUNCTION act_check(c violation, a act) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.act_check_needs(a);
	IF a.data ? 'owner' THEN
		PERFORM muster.act_check_owner(c, a);
	END IF;
	IF a.data ? 'of' THEN
		PERFORM muster.act_check_of(c, a);
	END IF;
	IF a.data ? 'until' THEN
		PERFORM muster.act_check_until(c, a);
	END IF;
	IF a.data ? 'exception' THEN
		PERFORM muster.act_check_exception(c, a);
	END IF;
	CASE WHEN a.action IN ('lapse', 'deliver', 'recall', 'reply') THEN
		PERFORM muster.act_check_time(c, a);
	WHEN a.action = 'plan' THEN
		PERFORM muster.act_check_plan(c, a);
	WHEN a.action IN ('milestone', 'verify') THEN
		PERFORM muster.act_check_milestones(c, a);
	WHEN a.action = 'sanction' THEN
		PERFORM muster.act_check_sanction(c, a);
	WHEN a.action = 'appeal' THEN
		PERFORM muster.act_check_appeal(c, a);
	ELSE
		NULL;
	END CASE;
END $$;

-- What an act does ---------------------------------------------------------------------------

CREATE FUNCTION clock_run(c violation, started timestamptz) RETURNS violation
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT r.name, r.party, clock_run.started, NULL, muster.clock_due(clock_run.started, r.unit,
			CASE WHEN c.severity >= 4 THEN r.amount_high ELSE r.amount END)
		INTO c.clock_name, c.clock_party, c.clock_started, c.clock_paused_at, c.due
		FROM muster.state s LEFT JOIN muster.clock_rule r ON r.name = s.clock
		WHERE s.name = c.state;
	IF c.clock_name IS NULL THEN
		c.clock_started := NULL;
	END IF;
	RETURN c;
END $$;

-- Into a state, or on in it. Leaving a state ends its clock, entering one
-- begins another.
CREATE FUNCTION case_enter(c violation, to_state text, at timestamptz) RETURNS violation
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF c.state = to_state THEN
		RETURN c;
	END IF;
	c.state := to_state;
	c.suppressed_until := NULL;
	RETURN muster.clock_run(c, at);
END $$;

CREATE FUNCTION plan_record(a act) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	WITH known AS (
		SELECT coalesce(max(m.number), 0) AS last FROM muster.milestone m
		WHERE m.contractor_id = a.contractor_id AND m.violation_id = a.violation_id
	), given AS (
		SELECT e.value ->> 'title' AS title, (e.value ->> 'due')::date AS due,
			coalesce((e.value ->> 'milestone')::integer, known.last + row_number() OVER
				(PARTITION BY e.value ? 'milestone' ORDER BY e.nth))::integer AS number
		FROM known, jsonb_array_elements(a.data -> 'milestones') WITH ORDINALITY AS e (value, nth)
	)
	INSERT INTO muster.milestone
	SELECT a.contractor_id, a.violation_id, g.number, 1 + (SELECT count(*) FROM muster.milestone m
			WHERE m.contractor_id = a.contractor_id AND m.violation_id = a.violation_id
			AND m.number = g.number), g.title, g.due, a.number
	FROM given g
$$;

-- The case as it is after an act of that kind. a is the act that makes it so:
-- itself, or a colleague's approval, which has the same reason and data.
CREATE FUNCTION case_effect(c violation, a act, kind text, to_state text) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	until timestamptz := muster.data_moment(a.data, 'until');
BEGIN
	c := muster.case_enter(c, to_state, a.at);
	CASE kind
	WHEN 'take' THEN
		c.owner := a.actor;
	WHEN 'assign' THEN
		c.owner := a.data ->> 'owner';
	WHEN 'suppress' THEN
		c.suppressed_until := until;
		IF a.data ?| '{rule,subject}' THEN
			INSERT INTO muster.suppression VALUES (a.contractor_id, a.violation_id, a.number,
				CASE WHEN a.data ? 'rule' THEN c.rule_key END,
				CASE WHEN a.data ? 'subject' THEN c.subject END, a.at, until);
		END IF;
	WHEN 'notice' THEN
		c.clock_paused_at := c.clock_started;
		c.due := NULL;
	WHEN 'deliver' THEN
		c := muster.clock_run(c, a.at);
	WHEN 'reply' THEN
		c.disputed := c.disputed OR a.reason LIKE 'DISPUTE-%';
	WHEN 'sustain', 'unsubstantiate', 'dismiss' THEN
		c.disputed := false;
	WHEN 'plan' THEN
		PERFORM muster.plan_record(a);
	WHEN 'extend' THEN
		IF a.data ? 'milestone' THEN
			INSERT INTO muster.milestone SELECT p.contractor_id, p.violation_id, p.number,
				1 + (SELECT max(m.revision) FROM muster.milestone m
					WHERE m.contractor_id = c.contractor_id AND m.violation_id = c.id
					AND m.number = p.number), p.title, (until AT TIME ZONE 'UTC')::date, a.number
				FROM muster.plan p WHERE p.contractor_id = c.contractor_id
				AND p.violation_id = c.id AND p.number = muster.data_integer(a.data, 'milestone');
		ELSE
			c.due := until;
		END IF;
	WHEN 'sanction' THEN
		INSERT INTO muster.sanction_taken SELECT a.contractor_id, a.violation_id, a.number,
			s.step, a.at FROM muster.sanction s WHERE s.code = a.data ->> 'step';
	WHEN 'incident' THEN
		PERFORM muster.duty_of_act(a);
	WHEN 'merge' THEN
		c.merged_into := muster.act_check_of(c, a);
	ELSE
		NULL;
	END CASE;
	RETURN c;
END $$;

-- When what an act says leaves the building, or NULL.
CREATE FUNCTION act_leaves(kind text, reason text, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT at + o.outbox_hold FROM muster.office o
	WHERE kind IN ('notice', 'sanction', 'merge', 'withdraw') OR kind <> 'suppress'
		AND EXISTS (SELECT FROM muster.reason r
			WHERE r.code = act_leaves.reason AND r.told AND r.list <> 'answer')
$$;

CREATE FUNCTION case_remembered(c violation) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
	SELECT jsonb_build_object('state', c.state, 'owner', c.owner, 'due', c.due,
		'clock_name', c.clock_name, 'clock_party', c.clock_party,
		'clock_started', c.clock_started, 'clock_paused_at', c.clock_paused_at,
		'disputed', c.disputed, 'pending_action', c.pending_action,
		'suppressed_until', c.suppressed_until, 'merged_into', c.merged_into)
$$;

CREATE FUNCTION act_undo(c violation, a act) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last muster.act;
BEGIN
	SELECT x.* INTO last FROM muster.act x WHERE x.contractor_id = c.contractor_id
		AND x.violation_id = c.id AND x.number = a.reverses;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU001', 'nothing has been done that could be undone');
	ELSIF last.actor <> a.actor THEN
		PERFORM muster.refuse('MU002', 'only your own last act can be undone',
			muster.act_in_words(last));
	ELSIF last.action = 'undo' THEN
		PERFORM muster.refuse('MU001', 'it has been undone', muster.act_in_words(last));
	ELSIF last.action IN ('incident', 'recall') THEN
		PERFORM muster.refuse('MU001', format('%s is not undone; it is recorded, or given, anew',
				last.action),
			muster.act_in_words(last));
	ELSIF last.leaves_at <= a.recorded_at THEN
		PERFORM muster.refuse('MU001', 'it has left the building',
			format('at %s', last.leaves_at));
	END IF;
	-- What was kept out of the queue by it alone comes back.
	UPDATE muster.violation v SET suppressed_until = NULL FROM muster.suppression s
		WHERE s.contractor_id = c.contractor_id AND s.violation_id = c.id
		AND s.act_number = last.number AND v.contractor_id = s.contractor_id
		AND v.id <> c.id AND v.version = 0 AND v.suppressed_until = s.until;
	RETURN jsonb_populate_record(c, last.before);
END $$;

-- A second person signs, or declines.
CREATE FUNCTION act_sign(c violation, a act) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked muster.act;
BEGIN
	SELECT x.* INTO asked FROM muster.act x WHERE x.contractor_id = c.contractor_id
		AND x.violation_id = c.id AND x.number = c.pending_action;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU001', 'nothing waits for a second person');
	ELSIF asked.actor = a.actor THEN
		PERFORM muster.refuse('MU002', format('%s asked for it; somebody else signs', a.actor),
			muster.act_in_words(asked));
	END IF;
	c.pending_action := NULL;
	IF a.action = 'refuse' THEN
		RETURN c;
	END IF;
	asked.at := a.at;
	asked.recorded_at := a.recorded_at;
	PERFORM muster.act_check(c, asked);
	RETURN muster.case_effect(c, a, asked.action, (SELECT t.to_state FROM muster.transition t
		WHERE t.from_state = c.state AND t.action = asked.action));
END $$;

-- The one way in -------------------------------------------------------------------------------

-- May this person, in one of these roles, do it in this state? The role in
-- which it is done.
CREATE FUNCTION act_permit(c violation, kind text, person text, roles text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	law muster.transition;
	as_role text;
BEGIN
	SELECT t.* INTO law FROM muster.transition t WHERE t.from_state = c.state AND t.action = kind;
	IF NOT FOUND THEN
		PERFORM muster.refuse(CASE WHEN EXISTS (SELECT FROM muster.action k WHERE k.name = kind)
			THEN 'MU001' ELSE 'MU004' END, format('%s is %s: %s is not possible', c.number, c.state, kind),
			muster.possible(c.state, roles));
	END IF;
	SELECT r INTO as_role FROM unnest(law.roles) r WHERE r = ANY (roles) LIMIT 1;
	IF as_role IS NULL THEN
		PERFORM muster.refuse('MU002', format('%s may not %s; it is for: %s', person, kind,
			array_to_string(law.roles, ', ')), muster.possible(c.state, roles));
	ELSIF law.by_whom = 'other' AND muster.has_decided(c, person) THEN
		PERFORM muster.refuse('MU002', format('%s has decided in this case; %s is for somebody else',
			person, kind), (SELECT string_agg(muster.act_in_words(d), '; ' ORDER BY d.number)
				FROM muster.act d WHERE d.contractor_id = c.contractor_id
				AND d.violation_id = c.id AND d.actor = person));
	END IF;
	RETURN as_role;
END $$;

-- While an act waits for a second person, the case stands still for those who
-- ask; not for the contractor, and not for what the logs show.
CREATE FUNCTION act_check_pending(c violation, kind text, as_role text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	asked muster.act;
BEGIN
	SELECT x.* INTO asked FROM muster.act x WHERE x.contractor_id = c.contractor_id
		AND x.violation_id = c.id AND x.number = c.pending_action;
	IF FOUND AND NOT (kind IN ('approve', 'refuse', 'undo', 'note', 'take', 'assign')
			OR (as_role IN ('daemon', 'liaison') AND (kind <> 'lapse' OR asked.action <> 'extend'))) THEN
		PERFORM muster.refuse('MU001', 'an act waits for a second person, who approves or refuses it',
			muster.act_in_words(asked));
	END IF;
END $$;

CREATE FUNCTION act_second(c violation, a act) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE CASE t.second WHEN 'by reason' THEN
			(SELECT r.second FROM muster.reason r WHERE r.code = a.reason) ELSE t.second END
		WHEN 'always' THEN true WHEN 'high' THEN c.severity >= 4 ELSE false END
		OR (a.action = 'suppress' AND a.data ?| '{rule,subject}')
	FROM muster.transition t WHERE t.from_state = c.state AND t.action = a.action
$$;

CREATE FUNCTION act_conflict(c violation, expected integer) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.refuse('MU003', format('%s has changed since: it is %s now, version %s',
			c.number, c.state, c.version),
		(SELECT string_agg(muster.act_in_words(x), '; ' ORDER BY x.number) FROM muster.act x
			WHERE x.contractor_id = c.contractor_id AND x.violation_id = c.id
			AND x.number > expected));
END $$;

-- The case, locked until the end of the transaction.
CREATE FUNCTION case_lock(contractor integer, violation bigint, roles text[]) RETURNS violation
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c muster.violation;
BEGIN
	SELECT v.* INTO c FROM muster.violation v
		WHERE v.contractor_id = contractor AND v.id = violation
		AND ('daemon' = ANY (roles) OR muster.sees_all() OR contractor = ANY (muster.portfolio_of()))
		FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		PERFORM muster.refuse('MU004', 'there is no such violation in your portfolio');
	END IF;
	RETURN c;
END $$;

CREATE FUNCTION case_write(c violation, a act) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE muster.violation v SET version = a.number, state = c.state, owner = c.owner,
		due = c.due, clock_name = c.clock_name, clock_party = c.clock_party,
		clock_started = c.clock_started, clock_paused_at = c.clock_paused_at,
		disputed = c.disputed, pending_action = c.pending_action,
		suppressed_until = c.suppressed_until, merged_into = c.merged_into
		WHERE v.contractor_id = c.contractor_id AND v.id = c.id;
	INSERT INTO muster.act SELECT a.*;
	INSERT INTO muster.outbox SELECT a.contractor_id, a.violation_id, a.number, a.leaves_at
		WHERE a.leaves_at IS NOT NULL;
$$;

-- Two that are ended as duplicates, each of the other, at the same moment would
-- both be gone: who names another one waits for whoever does so too.
CREATE FUNCTION duplicates_lock(c violation, a act) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF a.data ? 'of' OR a.action = 'approve' AND EXISTS (SELECT FROM muster.act x
			WHERE x.contractor_id = c.contractor_id AND x.violation_id = c.id
			AND x.number = c.pending_action AND x.data ? 'of') THEN
		PERFORM pg_advisory_xact_lock('muster.act'::regclass::integer, 1);
	END IF;
END $$;

-- Act on a violation: whoever this session is, nobody else. expected_version
-- is the one that the decision is based on; only the daemon may leave it out.
CREATE FUNCTION act(contractor integer, violation bigint, expected_version integer, action text,
	reason text, note text, data jsonb)
RETURNS TABLE (number integer, state text, version integer, waits boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who record;
	c muster.violation;
	a muster.act;
BEGIN
	IF current_setting('transaction_isolation') <> 'read committed' THEN
		RAISE EXCEPTION 'acts are for transactions that read what is committed'
			USING ERRCODE = 'invalid_transaction_state';
	END IF;
	SELECT x.* INTO who FROM muster.acting() x;
	c := muster.case_lock(contractor, violation, who.roles);
	IF expected_version IS NULL AND who.roles <> '{daemon}' THEN
		PERFORM muster.refuse('MU004', 'the version is missing that the act is based on');
	ELSIF expected_version <> c.version THEN
		PERFORM muster.act_conflict(c, expected_version);
	END IF;
	a.contractor_id := contractor;
	a.violation_id := violation;
	a.number := c.version + 1;
	a.recorded_at := muster.moment();
	a.at := a.recorded_at;
	a.actor := who.name;
	a.action := action;
	a.reason := reason;
	a.note := note;
	a.data := coalesce(data, '{}');
	a.role := muster.act_permit(c, action, who.name, who.roles);
	a.from_state := c.state;
	a.clock_before := muster.clock_of(c);
	a.before := muster.case_remembered(c);
	IF action IN ('dismiss', 'unsubstantiate', 'approve') THEN
		PERFORM muster.duplicates_lock(c, a);
	END IF;
	PERFORM muster.act_check_pending(c, action, a.role);
	PERFORM muster.act_check(c, a);
	IF action = 'undo' THEN
		a.reverses := NULLIF(c.version, 0);
		a.outcome := 'done';
		c := muster.act_undo(c, a);
	ELSIF action IN ('approve', 'refuse') THEN
		a.approves := c.pending_action;
		a.outcome := CASE action WHEN 'approve' THEN 'approved' ELSE 'refused' END;
		IF action = 'approve' THEN
			SELECT x.reason, x.data, muster.act_leaves(x.action, x.reason, a.at)
				INTO a.reason, a.data, a.leaves_at
				FROM muster.act x WHERE x.contractor_id = contractor
				AND x.violation_id = act.violation AND x.number = c.pending_action;
		END IF;
		c := muster.act_sign(c, a);
	ELSIF muster.act_second(c, a) THEN
		a.outcome := 'waits';
		c.pending_action := a.number;
	ELSE
		a.outcome := 'done';
		IF action = 'lapse' THEN
			a.at := muster.case_due(c);
		ELSIF action = 'deliver' AND a.data ? 'sent' THEN
			-- Not before the outbox let it go.
			a.at := greatest(least(muster.data_moment(a.data, 'sent'), a.recorded_at),
				(SELECT n.leaves_at FROM muster.act n WHERE n.contractor_id = contractor
				AND n.violation_id = act.violation AND n.action = 'notice'
				ORDER BY n.number DESC LIMIT 1));
		END IF;
		a.leaves_at := muster.act_leaves(action, reason, a.at);
		c := muster.case_effect(c, a, action, (SELECT t.to_state FROM muster.transition t
			WHERE t.from_state = c.state AND t.action = act.action));
		IF c.state <> a.from_state THEN
			c.pending_action := NULL;
		END IF;
	END IF;
	a.to_state := c.state;
	a.clock_after := muster.clock_of(c);
	PERFORM muster.case_write(c, a);
	RETURN QUERY SELECT a.number, c.state, a.number, a.outcome = 'waits';
END $$;

-- Who opens a violation's evidence stands in the books. False: this session is
-- no person.
CREATE FUNCTION look(contractor integer, violation bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO muster.look
		SELECT v.contractor_id, v.id, muster.moment(), a.name
		FROM muster.account a, muster.violation v
		WHERE a.name = session_user AND a.closed_at IS NULL
		AND v.contractor_id = contractor AND v.id = violation
		AND (muster.sees_all() OR contractor = ANY (muster.portfolio_of()));
	RETURN FOUND;
END $$;

-- One act of the daemon, whose failure is nobody else's: 1 where it was done.
CREATE FUNCTION case_try(c violation, kind text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM muster.act(c.contractor_id, c.id, c.version, kind, NULL, NULL, NULL);
	RETURN 1;
EXCEPTION WHEN OTHERS THEN
	RAISE WARNING '%: % failed: %', c.number, kind, SQLERRM;
	RETURN 0;
END $$;

-- What time brings: what has lapsed. At most that many; returns how many acts
-- that were. What fails is said in the server's log and tried again the next time.
CREATE FUNCTION case_pass(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c muster.violation;
	now_ timestamptz := muster.moment();
	done integer := 0;
BEGIN
	FOR c IN SELECT v.* FROM muster.violation v
			WHERE v.clock_party = 'them' AND v.clock_paused_at IS NULL
			AND v.state IN (SELECT t.from_state FROM muster.transition t WHERE t.action = 'lapse')
			AND (v.due <= now_ OR EXISTS (SELECT FROM muster.milestone m
				WHERE m.contractor_id = v.contractor_id AND m.violation_id = v.id
				AND m.due < now_::date + 2))
			AND muster.case_due(v) <= now_
			AND NOT EXISTS (SELECT FROM muster.act p WHERE p.contractor_id = v.contractor_id
				AND p.violation_id = v.id AND p.number = v.pending_action AND p.action = 'extend')
			LIMIT most FOR NO KEY UPDATE SKIP LOCKED LOOP
		done := done + muster.case_try(c, 'lapse');
	END LOOP;
	RETURN done;
END $$;

-- Has a notice of it left? Also one whose case had moved on meanwhile.
CREATE FUNCTION case_told(contractor integer, violation bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM muster.act a WHERE a.contractor_id = contractor
		AND a.violation_id = violation AND (a.action = 'deliver' OR a.action = 'notice'
			AND EXISTS (SELECT FROM muster.letter l WHERE l.contractor_id = contractor
				AND l.violation_id = violation AND l.act_number = a.number)))
$$;

-- Letters that leave now: of acts that stand. A notice goes out as long as its
-- case waits for it; other letters only where a notice has gone before.
CREATE FUNCTION letters_due(most integer)
RETURNS TABLE (contractor_id integer, violation_id bigint, act_number integer, action text,
	reason text, at timestamptz, wanted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT o.contractor_id, o.violation_id, o.act_number, k.action, a.reason, a.at,
		NOT EXISTS (SELECT FROM muster.act u WHERE u.contractor_id = a.contractor_id
			AND u.violation_id = a.violation_id AND u.reverses = a.number)
		AND CASE WHEN k.action = 'notice'
			THEN v.state = 'noticed' AND v.clock_paused_at IS NOT NULL
				AND a.number = (SELECT max(n.number) FROM muster.act n
					WHERE n.contractor_id = a.contractor_id
					AND n.violation_id = a.violation_id AND n.action = 'notice')
			ELSE muster.case_told(a.contractor_id, a.violation_id) END
	FROM muster.outbox o JOIN muster.act a ON a.contractor_id = o.contractor_id
		AND a.violation_id = o.violation_id AND a.number = o.act_number
	JOIN muster.violation v ON v.contractor_id = o.contractor_id AND v.id = o.violation_id
	CROSS JOIN LATERAL (SELECT coalesce((SELECT x.action FROM muster.act x
		WHERE x.contractor_id = a.contractor_id AND x.violation_id = a.violation_id
		AND x.number = a.approves), a.action) AS action) k
	WHERE o.leaves_at <= muster.moment() ORDER BY o.leaves_at LIMIT most
$$;

-- A letter is in the contractor's hands, or is not wanted any more (sent NULL).
CREATE FUNCTION letter_done(contractor integer, violation bigint, of_act integer,
	sent timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kind text;
BEGIN
	DELETE FROM muster.outbox o WHERE o.contractor_id = contractor
		AND o.violation_id = violation AND o.act_number = of_act;
	IF NOT FOUND OR sent IS NULL THEN
		RETURN;
	END IF;
	INSERT INTO muster.letter VALUES (contractor, violation, of_act, sent);
	SELECT a.action INTO kind FROM muster.act a WHERE a.contractor_id = contractor
		AND a.violation_id = violation AND a.number = of_act;
	IF kind = 'notice' THEN
		PERFORM muster.act(contractor, violation, NULL, 'deliver', NULL, NULL,
			jsonb_build_object('sent', sent));
	END IF;
EXCEPTION WHEN SQLSTATE 'MU001' THEN
	-- The case has moved on meanwhile: the letter is on record, its clock is not run.
	DELETE FROM muster.outbox o WHERE o.contractor_id = contractor
		AND o.violation_id = violation AND o.act_number = of_act;
	INSERT INTO muster.letter VALUES (contractor, violation, of_act, sent);
END $$;

-- A violation that the contractor knows of: a notice of it has left.
CREATE FUNCTION case_known(contractor integer, of_number text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.id FROM muster.violation v WHERE v.contractor_id = contractor AND v.number = of_number
		AND muster.case_told(v.contractor_id, v.id)
$$;

-- What a contractor answers, into the case. Where it is not taken: the code of
-- the refusal, and why.
CREATE FUNCTION reply_take(contractor integer, of_number text, named text, answer text, words text,
	digests bytea[], delivery text, OUT code text, OUT why text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known bigint := muster.case_known(contractor, of_number);
	missing bytea;
BEGIN
	SELECT d INTO missing FROM unnest(digests) d WHERE NOT EXISTS (SELECT FROM muster.attachment t
		WHERE t.contractor_id = contractor AND t.violation_id = known AND t.sha256 = d) LIMIT 1;
	IF known IS NULL THEN
		code := 'unknown-violation';
		why := format('you have no notice of %s', of_number);
	ELSIF named NOT IN ('', of_number) THEN
		code := 'bad-reply';
		why := format('its name is about %s, and it says %s', of_number, left(named, 40));
	ELSIF answer <> 'APPEAL' AND NOT EXISTS (SELECT FROM muster.reason r
			WHERE r.list = 'answer' AND r.code = answer) THEN
		code := 'bad-reply';
		why := format('%s is no answer; the answers are %s, APPEAL', left(answer, 40),
			(SELECT string_agg(r.code, ', ' ORDER BY r.code) FROM muster.reason r
				WHERE r.list = 'answer'));
	ELSIF missing IS NOT NULL THEN
		code := 'unknown-attachment';
		why := format('no attachment %s was delivered for %s', encode(missing, 'hex'), of_number);
	ELSE
		PERFORM muster.act(contractor, known, NULL,
			CASE answer WHEN 'APPEAL' THEN 'appeal' ELSE 'reply' END, NULLIF(answer, 'APPEAL'), words,
			jsonb_build_object('delivery', delivery, 'attachments',
				(SELECT coalesce(jsonb_agg(encode(d, 'hex')), '[]') FROM unnest(digests) d)));
	END IF;
EXCEPTION
	WHEN SQLSTATE 'MU001' THEN
		code := 'not-awaited';
		-- Where the case stands is told by letters, and not all of it is told.
		why := CASE WHEN EXISTS (SELECT FROM muster.violation v
				JOIN muster.transition t ON t.from_state = v.state
				WHERE v.contractor_id = contractor AND v.id = known
				AND t.action = CASE answer WHEN 'APPEAL' THEN 'appeal' ELSE 'reply' END)
			THEN SQLERRM
			ELSE format('%s is not possible now', CASE answer WHEN 'APPEAL'
				THEN 'an appeal' ELSE 'an answer' END) END;
	WHEN SQLSTATE 'MU004' THEN
		code := 'bad-reply';
		why := SQLERRM;
END $$;

-- A document, to the case that it is for.
CREATE FUNCTION attachment_take(contractor integer, of_number text, delivery text, of_name text,
	digest bytea, size bigint, OUT code text, OUT why text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known bigint := muster.case_known(contractor, of_number);
BEGIN
	IF known IS NULL THEN
		code := 'unknown-violation';
		why := format('you have no notice of %s', of_number);
	ELSIF (SELECT count(*) >= 1000 FROM muster.attachment t
			WHERE t.contractor_id = contractor AND t.violation_id = known) THEN
		code := 'not-awaited';
		why := 'a case takes 1,000 attachments at most';
	ELSE
		INSERT INTO muster.attachment
			VALUES (contractor, known, delivery, of_name, digest, size, muster.moment());
	END IF;
END $$;
CREATE INDEX violation_theirs ON violation (state) WHERE clock_party = 'them';

-- Partitions are read through their parent, which knows who may see what.
CREATE OR REPLACE FUNCTION event_partition(moment timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	month     timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
	partition text := 'event_' || to_char(month, 'YYYY_MM');
BEGIN
	IF month < timestamp '2000-01-01' OR month >= timestamp '2100-01-01' THEN
		RETURN 'event_other';
	END IF;
	PERFORM 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'muster' AND c.relname = partition;
	IF NOT FOUND THEN
		EXECUTE format('CREATE TABLE muster.%I PARTITION OF muster.event FOR VALUES FROM (%L) TO (%L)',
			partition, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
		EXECUTE format('GRANT SELECT, INSERT ON muster.%I TO muster_daemon', partition);
		EXECUTE format('GRANT SELECT ON muster.%I TO muster_auditor', partition);
	END IF;
	RETURN partition;
END $$;

-- A table about contractors: people read what is in their portfolio, musterd and
-- auditors everything.
CREATE FUNCTION read_by_portfolio(thing text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('GRANT SELECT ON muster.%I TO muster_daemon, muster_officer, muster_supervisor,
		muster_appeals, muster_liaison, muster_auditor', thing);
	EXECUTE format('ALTER TABLE muster.%I ENABLE ROW LEVEL SECURITY', thing);
	EXECUTE format('CREATE POLICY daemon ON muster.%I TO muster_daemon USING (true) WITH CHECK (true)',
		thing);
	EXECUTE format('CREATE POLICY auditor ON muster.%I FOR SELECT TO muster_auditor USING (true)',
		thing);
	EXECUTE format('CREATE POLICY portfolio ON muster.%I FOR SELECT
		TO muster_officer, muster_supervisor, muster_appeals, muster_liaison
		USING ((SELECT muster.sees_all())
			OR %I = ANY ((SELECT muster.portfolio_of())::integer[]))', thing,
		CASE thing WHEN 'contractor' THEN 'id' ELSE 'contractor_id' END);
END $$;

-- Rights ---------------------------------------------------------------------------------------

DO $$
DECLARE
	partition regclass;
	reader text;
	thing text;
	routine regprocedure;
BEGIN
	FOR routine IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'muster'::regnamespace LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
	END LOOP;
	FOR partition IN SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'event'::regclass LOOP
		EXECUTE format('REVOKE SELECT ON %s FROM muster_officer', partition);
	END LOOP;
	REVOKE SELECT ON hit_block, counter FROM muster_officer;
	FOREACH reader IN ARRAY ARRAY['muster_supervisor', 'muster_appeals', 'muster_liaison'] LOOP
		EXECUTE format('GRANT USAGE ON SCHEMA muster TO %I', reader);
		EXECUTE format('GRANT SELECT ON schema_migration, standard, standard_in_force,
			requirement, rule, correlation TO %I', reader);
	END LOOP;
	FOREACH thing IN ARRAY ARRAY['contractor', 'system', 'batch', 'delivery', 'reject', 'name',
			'event', 'violation', 'violation_event', 'run', 'run_hit', 'roster_import',
			'roster_row', 'act', 'milestone', 'suppression', 'sanction_taken', 'look', 'letter',
			'attachment'] LOOP
		PERFORM muster.read_by_portfolio(thing);
	END LOOP;
END $$;
GRANT SELECT ON outbox TO muster_daemon, muster_auditor;
GRANT SELECT ON role, clock_rule, state, action, reason, sanction, transition, account, account_role,
	portfolio, office, holiday, act_in_force, plan
	TO muster_daemon, muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
GRANT EXECUTE ON FUNCTION sees_all(), portfolio_of(), clock_due(timestamptz, text, integer), moment()
	TO muster_daemon, muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
GRANT EXECUTE ON FUNCTION act(integer, bigint, integer, text, text, text, jsonb)
	TO muster_daemon, muster_officer, muster_supervisor, muster_appeals, muster_liaison;
GRANT EXECUTE ON FUNCTION look(integer, bigint)
	TO muster_officer, muster_supervisor, muster_appeals, muster_liaison, muster_auditor;
GRANT EXECUTE ON FUNCTION opening_due(timestamptz, boolean),
	suppressed_until(integer, text, text, integer, timestamptz), case_pass(integer), letters_due(integer),
	letter_done(integer, bigint, integer, timestamptz),
	reply_take(integer, text, text, text, text, bytea[], text),
	attachment_take(integer, text, text, text, bytea, bigint),
	office_configure(integer, text, integer, date[], text[]),
	event_partition(timestamptz),
	event_forget_repeats(integer, integer, bigint, timestamptz, timestamptz, boolean) TO muster_daemon;
-- The daemon opens violations and counts what belongs to them; where they
-- stand is for acts to say.
REVOKE UPDATE (state, merged_into) ON violation FROM muster_daemon;
REVOKE INSERT ON violation FROM muster_daemon;
GRANT INSERT (contractor_id, id, number, rule_key, rule_id, subject_kind, subject, day, severity,
	level, count, first_event, last_event, due, clock_started, opened_at, run, suppressed_until)
	ON violation TO muster_daemon;
