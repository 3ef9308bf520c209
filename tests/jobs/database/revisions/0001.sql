CREATE TABLE accounts (
	number TEXT NOT NULL,
	company TEXT NOT NULL,
	owner_name TEXT DEFAULT '' NOT NULL,
	owner_email TEXT DEFAULT '' NOT NULL,
	administrator_emails TEXT DEFAULT '' NOT NULL,
	contact_department TEXT DEFAULT '' NOT NULL,
	contact_name TEXT DEFAULT '' NOT NULL,
	partner_name TEXT DEFAULT '' NOT NULL,
	partner_email TEXT DEFAULT '' NOT NULL,
	language TEXT DEFAULT 'ja' NOT NULL,
	CONSTRAINT pk_accounts PRIMARY KEY (number)
);
CREATE TABLE forgotten (
	account TEXT NOT NULL,
	hash VARCHAR(64) NOT NULL,
	salt VARCHAR(32) NOT NULL,
	forgotten_on DATE NOT NULL,
	CONSTRAINT pk_forgotten PRIMARY KEY (account, hash)
);
CREATE TABLE watchers (
	name VARCHAR(64) NOT NULL,
	CONSTRAINT pk_watchers PRIMARY KEY (name)
);
CREATE TABLE contracts (
	number TEXT NOT NULL,
	account TEXT NOT NULL,
	CONSTRAINT pk_contracts PRIMARY KEY (number),
	CONSTRAINT fk_contracts_account_accounts FOREIGN KEY(account) REFERENCES accounts (number)
);
CREATE TABLE flags (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	contract TEXT NOT NULL,
	line TEXT NOT NULL,
	rule TEXT NOT NULL,
	code TEXT NOT NULL,
	facts JSON NOT NULL,
	told_on DATE,
	CONSTRAINT fk_flags_contract_contracts FOREIGN KEY(contract) REFERENCES contracts (number)
);
CREATE TABLE lines (
	contract TEXT NOT NULL,
	line TEXT NOT NULL,
	menu TEXT NOT NULL,
	order_kind TEXT NOT NULL,
	seats INTEGER NOT NULL,
	starts_on DATE NOT NULL,
	term_end DATE,
	ordered_on DATE,
	opened_on DATE,
	declined_on DATE,
	released_on DATE,
	declined_recorded_on DATE,
	released_recorded_on DATE,
	restated BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_lines PRIMARY KEY (contract, line),
	CONSTRAINT ck_lines_seats CHECK (seats >= 1),
	CONSTRAINT ck_lines_order_kind CHECK (order_kind IN ('new', 'addition', 'continuation')),
	CONSTRAINT ck_lines_term CHECK (term_end >= starts_on),
	CONSTRAINT fk_lines_contract_contracts FOREIGN KEY(contract) REFERENCES contracts (number)
);
CREATE TABLE looks (
	watcher VARCHAR(64) NOT NULL,
	contract TEXT NOT NULL,
	look_on DATE NOT NULL,
	version INTEGER NOT NULL,
	CONSTRAINT pk_looks PRIMARY KEY (watcher, contract),
	CONSTRAINT fk_looks_watcher_watchers FOREIGN KEY(watcher) REFERENCES watchers (name),
	CONSTRAINT fk_looks_contract_contracts FOREIGN KEY(contract) REFERENCES contracts (number)
);
CREATE TABLE loose_ends (
	contract TEXT NOT NULL,
	line TEXT NOT NULL,
	term_end DATE NOT NULL,
	rule TEXT NOT NULL,
	CONSTRAINT pk_loose_ends PRIMARY KEY (contract, line, term_end, rule),
	CONSTRAINT fk_loose_ends_contract_contracts FOREIGN KEY(contract) REFERENCES contracts (number)
);
CREATE TABLE chain (
	seq INTEGER NOT NULL,
	at DATETIME NOT NULL,
	event VARCHAR(16) NOT NULL,
	body TEXT NOT NULL,
	link VARCHAR(64) NOT NULL,
	CONSTRAINT pk_chain PRIMARY KEY (seq)
);
CREATE TABLE chain_head (
	id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	link VARCHAR(64) NOT NULL,
	CONSTRAINT pk_chain_head PRIMARY KEY (id)
);
CREATE TABLE controls (
	name VARCHAR(32) NOT NULL,
	text TEXT NOT NULL,
	"by" VARCHAR(128) NOT NULL,
	at DATETIME,
	CONSTRAINT pk_controls PRIMARY KEY (name)
);
CREATE TABLE installations (
	id VARCHAR(64) NOT NULL,
	host VARCHAR(255) NOT NULL,
	folder TEXT NOT NULL,
	adopted_at DATETIME NOT NULL,
	adopted_by VARCHAR(128) NOT NULL,
	CONSTRAINT pk_installations PRIMARY KEY (id)
);
CREATE TABLE marks (
	id INTEGER NOT NULL,
	token VARCHAR(32) NOT NULL,
	CONSTRAINT pk_marks PRIMARY KEY (id),
	CONSTRAINT uq_marks_token UNIQUE (token)
);
CREATE TABLE messages (
	id INTEGER NOT NULL,
	kind VARCHAR(64) NOT NULL,
	message_id VARCHAR(255) NOT NULL,
	subject TEXT NOT NULL,
	sender VARCHAR(320) NOT NULL,
	raw BLOB,
	raw_hash VARCHAR(64),
	salt VARCHAR(32),
	subject_hash VARCHAR(64),
	words_hash VARCHAR(64) NOT NULL,
	facts_hash VARCHAR(64) NOT NULL,
	template_hash VARCHAR(64) NOT NULL,
	language VARCHAR(16) NOT NULL,
	created_at DATETIME NOT NULL,
	withdrawn_at DATETIME,
	withdrawn_reason VARCHAR(64) NOT NULL,
	CONSTRAINT pk_messages PRIMARY KEY (id)
);
CREATE TABLE envelopes (
	id INTEGER NOT NULL,
	message_id INTEGER NOT NULL,
	role VARCHAR(8) NOT NULL,
	address VARCHAR(320),
	salt VARCHAR(32),
	address_hash VARCHAR(64),
	status VARCHAR(16) NOT NULL,
	due_on DATE NOT NULL,
	not_before DATE,
	not_after DATE,
	attempt INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	first_tried_at DATETIME,
	resends INTEGER NOT NULL,
	owner VARCHAR(128),
	lease_until DATETIME,
	next_attempt_at DATETIME,
	queued_at DATETIME NOT NULL,
	reply TEXT NOT NULL,
	sent_at DATETIME,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_envelopes PRIMARY KEY (id),
	CONSTRAINT uq_envelopes_message_id_address UNIQUE (message_id, address),
	CONSTRAINT fk_envelopes_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id)
);
CREATE TABLE notices (
	id INTEGER NOT NULL,
	kind VARCHAR(64) NOT NULL,
	contract VARCHAR(128) NOT NULL,
	line VARCHAR(128) NOT NULL,
	occasion VARCHAR(64) NOT NULL,
	status VARCHAR(16) NOT NULL,
	reason VARCHAR(64) NOT NULL,
	due_on DATE,
	not_after DATE,
	as_of DATE NOT NULL,
	checks JSON NOT NULL,
	message_id INTEGER,
	facts_hash VARCHAR(64) NOT NULL,
	grounds VARCHAR(64) DEFAULT '' NOT NULL,
	approved_by VARCHAR(128),
	approved_at DATETIME,
	sent_at DATETIME,
	resent_at DATETIME,
	updated_at DATETIME NOT NULL,
	CONSTRAINT pk_notices PRIMARY KEY (id),
	CONSTRAINT uq_notices_contract_line_kind_occasion UNIQUE (contract, line, kind, occasion),
	CONSTRAINT fk_notices_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id)
);
CREATE TABLE actions (
	id INTEGER NOT NULL,
	notice_id INTEGER NOT NULL,
	action VARCHAR(16) NOT NULL,
	"by" VARCHAR(128) NOT NULL,
	at DATETIME NOT NULL,
	detail TEXT NOT NULL,
	CONSTRAINT pk_actions PRIMARY KEY (id),
	CONSTRAINT fk_actions_notice_id_notices FOREIGN KEY(notice_id) REFERENCES notices (id)
);
CREATE TABLE attempts (
	envelope_id INTEGER NOT NULL,
	number INTEGER NOT NULL,
	owner VARCHAR(128) NOT NULL,
	started_at DATETIME NOT NULL,
	finished_at DATETIME,
	outcome VARCHAR(16),
	reply TEXT NOT NULL,
	handed_to VARCHAR(320) NOT NULL,
	salt VARCHAR(32),
	handed_to_hash VARCHAR(64),
	CONSTRAINT pk_attempts PRIMARY KEY (envelope_id, number),
	CONSTRAINT fk_attempts_envelope_id_envelopes FOREIGN KEY(envelope_id) REFERENCES envelopes (id)
);
CREATE TABLE bounces (
	id INTEGER NOT NULL,
	envelope_id INTEGER NOT NULL,
	report VARCHAR(64) NOT NULL,
	bounce_class VARCHAR(16) NOT NULL,
	status VARCHAR(16) NOT NULL,
	diagnostic TEXT NOT NULL,
	reporting_mta VARCHAR(255) NOT NULL,
	matched_by VARCHAR(16) NOT NULL,
	reported_at DATETIME,
	received_at DATETIME NOT NULL,
	told_at DATETIME,
	CONSTRAINT pk_bounces PRIMARY KEY (id),
	CONSTRAINT uq_bounces_envelope_id_report UNIQUE (envelope_id, report),
	CONSTRAINT fk_bounces_envelope_id_envelopes FOREIGN KEY(envelope_id) REFERENCES envelopes (id)
);
CREATE TABLE message_notices (
	message_id INTEGER NOT NULL,
	notice_id INTEGER NOT NULL,
	CONSTRAINT pk_message_notices PRIMARY KEY (message_id, notice_id),
	CONSTRAINT fk_message_notices_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id),
	CONSTRAINT fk_message_notices_notice_id_notices FOREIGN KEY(notice_id) REFERENCES notices (id)
);
CREATE TABLE marked_addresses (
	id INTEGER NOT NULL,
	address VARCHAR(320),
	salt VARCHAR(32),
	address_hash VARCHAR(64),
	bounce_id INTEGER,
	marked_at DATETIME NOT NULL,
	cleared_at DATETIME,
	cleared_by VARCHAR(128) NOT NULL,
	CONSTRAINT pk_marked_addresses PRIMARY KEY (id),
	CONSTRAINT fk_marked_addresses_bounce_id_bounces FOREIGN KEY(bounce_id) REFERENCES bounces (id)
);
CREATE TABLE agendas (
	job VARCHAR(64) NOT NULL,
	rules VARCHAR(64) NOT NULL,
	looked_until DATE NOT NULL,
	looked_at_all_on DATE NOT NULL,
	CONSTRAINT pk_agendas PRIMARY KEY (job)
);
CREATE TABLE baselines (
	id INTEGER NOT NULL,
	day DATE NOT NULL,
	set_at DATETIME NOT NULL,
	CONSTRAINT pk_baselines PRIMARY KEY (id)
);
CREATE TABLE forgettings (
	id INTEGER NOT NULL,
	account TEXT NOT NULL,
	reference TEXT NOT NULL,
	"by" VARCHAR(128) NOT NULL,
	at DATETIME NOT NULL,
	counts JSON NOT NULL,
	CONSTRAINT pk_forgettings PRIMARY KEY (id)
);
CREATE TABLE legal_holds (
	id INTEGER NOT NULL,
	"of" VARCHAR(16) NOT NULL,
	number TEXT NOT NULL,
	reason TEXT NOT NULL,
	set_by VARCHAR(128) NOT NULL,
	set_at DATETIME NOT NULL,
	cleared_reason TEXT,
	cleared_by VARCHAR(128),
	cleared_at DATETIME,
	CONSTRAINT pk_legal_holds PRIMARY KEY (id)
);
CREATE TABLE runs (
	id INTEGER NOT NULL,
	job VARCHAR(64) NOT NULL,
	as_of DATE NOT NULL,
	started_at DATETIME NOT NULL,
	finished_at DATETIME,
	lease_until DATETIME NOT NULL,
	owner VARCHAR(255) NOT NULL,
	outcome VARCHAR(16) NOT NULL,
	counts JSON NOT NULL,
	error TEXT NOT NULL,
	origin VARCHAR(16) DEFAULT 'asked' NOT NULL,
	CONSTRAINT pk_runs PRIMARY KEY (id)
);
CREATE INDEX ix_contracts_account ON contracts (account);
CREATE INDEX ix_flags_contract ON flags (contract);
CREATE INDEX ix_lines_opened_on ON lines (opened_on);
CREATE INDEX ix_lines_restated ON lines (term_end) WHERE restated = 1;
CREATE INDEX ix_lines_starts_on ON lines (starts_on);
CREATE INDEX ix_lines_term_end ON lines (term_end);
CREATE INDEX ix_looks_watcher_look_on ON looks (watcher, look_on);
CREATE INDEX ix_loose_ends_rule_term_end ON loose_ends (rule, term_end);
CREATE INDEX ix_messages_kept ON messages (kind, created_at) WHERE raw IS NOT NULL;
CREATE INDEX ix_messages_message_id ON messages (message_id);
CREATE INDEX ix_envelopes_address ON envelopes (address);
CREATE INDEX ix_envelopes_claim ON envelopes (status, due_on, next_attempt_at, id);
CREATE INDEX ix_notices_message_id ON notices (message_id);
CREATE INDEX ix_notices_status ON notices (status);
CREATE INDEX ix_actions_notice_id ON actions (notice_id);
CREATE INDEX ix_bounces_told_at ON bounces (told_at);
CREATE INDEX ix_message_notices_notice_id ON message_notices (notice_id);
CREATE INDEX ix_marked_addresses_address ON marked_addresses (address);
CREATE INDEX ix_runs_job_as_of ON runs (job, as_of);
CREATE INDEX ix_runs_job_outcome ON runs (job, outcome);
CREATE UNIQUE INDEX uq_runs_job_day ON runs (job, as_of) WHERE origin = 'scheduled' AND outcome IN ('running', 'done');
CREATE UNIQUE INDEX uq_runs_job_running ON runs (job) WHERE outcome = 'running';
