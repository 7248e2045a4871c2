//! The capability `model`: who pays for a request, what leaves the host, and
//! what is written down of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::effect::{Completion, Failed, Message};
use crate::failure::Attribute;
use crate::grant::{Grant, Permit};
use crate::ids::Digest;
use crate::ledger::{Entry, Kind};
use crate::model::{Answered, Ask, Model, ModelError};
use crate::redact::redact;
use crate::spending::{Amount, Budget, Exceeded, Price, Tokens};
use crate::store::spending::{Payer, Reserved, Settled};
use crate::store::{ServerLock, Store, StoreError};
use crate::time::Timestamp;

/// A model with what it costs and how much of it may be spent.
pub struct Priced {
    pub model: Model,
    pub price: Price,
    pub budget: Budget,
}

/// The models of a configuration, and whose is which.
pub struct Models {
    /// Where it is kept what was spent.
    pub store: Store,
    /// By the operator's names.
    pub all: BTreeMap<String, Priced>,
    /// Which one an agent gets, by the agent's name.
    pub of_agent: BTreeMap<String, String>,
    pub clock: fn() -> Timestamp,
}

/// One request under way.
struct Request<'a> {
    models: &'a Models,
    payer: Payer,
    priced: &'a Priced,
    ask: &'a Ask<'a>,
    /// Names the prompt as it leaves the host.
    prompt: Digest,
}

/// What the ledger and the agent are told of a model's answer that was not
/// kept: the store does not work.
fn unkept(error: &StoreError) -> Failed {
    tracing::warn!(%error, "a model was not asked: its budget cannot be kept");
    Failed::Unavailable("the model's budget cannot be kept now; nothing was asked".to_owned())
}

impl Models {
    /// Asks the agent's model. What is sent is without secrets, and so is what
    /// comes back.
    pub(super) async fn complete(
        &self,
        grant: &Grant,
        permit: &Permit,
        messages: &[Message],
        options: &[Attribute],
    ) -> Result<Completion, Failed> {
        let (name, priced) = self.of(&grant.agent.name)?;
        let messages: Vec<Message> = messages.iter().map(without_secrets).collect();
        let budgets = permit.budgets();
        let asked = priced.model.ask(&messages, options, budgets.bytes);
        let ask = asked.map_err(|error| Failed::Unavailable(error.to_string()))?;
        let prompt = self.keep(&json!({ "messages": messages }))?;
        let request = Request {
            models: self,
            payer: Payer {
                model: name.to_owned(),
                task: grant.task.clone(),
                repository: grant.repository.clone(),
            },
            priced,
            ask: &ask,
            prompt,
        };
        request.run(budgets.tokens).await
    }

    /// The model of an agent.
    fn of(&self, agent: &str) -> Result<(&str, &Priced), Failed> {
        let name = self.of_agent.get(agent).map_or("default", String::as_str);
        let found = self.all.get_key_value(name);
        found.map(|(name, priced)| (&**name, priced)).ok_or_else(|| {
            Failed::Unavailable(format!(
                "no model is set up for {agent}: sentinel.toml wants a section [models.{name}], or \
                 agents.{agent}.model names another"
            ))
        })
    }

    /// Keeps a prompt or an answer as a blob, so that the ledger can name it.
    fn keep(&self, value: &Value) -> Result<Digest, Failed> {
        let bytes = serde_json_canonicalizer::to_vec(value).expect("messages are plain JSON");
        self.store
            .blobs()
            .put(&bytes)
            .map_err(|error| unkept(&error))
    }
}

fn without_secrets(message: &Message) -> Message {
    Message {
        role: message.role,
        content: redact(&message.content).into_owned(),
    }
}

impl Request<'_> {
    async fn run(&self, tokens: u64) -> Result<Completion, Failed> {
        let reserved = self.reserve(tokens).await?;
        match self.priced.model.complete(self.ask).await {
            Ok(answered) => self.answered(reserved, answered).await,
            Err(error) => Err(self.failed(reserved, &error).await),
        }
    }

    fn worst(&self) -> Amount {
        self.priced.price.of(self.ask.worst())
    }

    /// Counts the request at its worst, in the transaction that looks whether
    /// there is as much left. Whoever dies after it has spent it.
    async fn reserve(&self, tokens: u64) -> Result<Reserved, Failed> {
        let (payer, worst, now) = (self.payer.clone(), self.worst(), (self.models.clock)());
        let mut budget = self.priced.budget;
        // The grant's own limit counts from the first byte too.
        budget.task.tokens = budget.task.tokens.min(tokens);
        let facts = json!({
            "model": payer.model,
            "served": self.priced.model.settings().model,
            "prompt": self.prompt,
            "worst": worst,
        });
        let intent = self.entry(Kind::ModelAsked, facts, now);
        let prompt = self.prompt;
        let reserved = self.models.store.write(move |tx| {
            let spent = tx.model_spent(&payer, now)?;
            if let Err(exceeded) = budget.admits(&payer.model, &spent, worst) {
                tx.record(&refused(&payer, &prompt, &exceeded, now))?;
                return Ok(Err(exceeded));
            }
            tx.record(&intent)?;
            tx.reserve_model(&payer, worst, now).map(Ok)
        });
        let reserved = reserved.await.map_err(|error| unkept(&error))?;
        reserved.map_err(|exceeded| Failed::OutOfBudget(exceeded.to_string()))
    }

    async fn answered(&self, reserved: Reserved, answered: Answered) -> Result<Completion, Failed> {
        // What was not counted is taken to be all that it could be.
        let tokens = answered.tokens.unwrap_or_else(|| self.ask.worst());
        let amount = self.priced.price.of(tokens);
        let text = self.models.keep(&json!({ "text": answered.text }))?;
        let facts = json!({
            "model": self.payer.model,
            "served": self.priced.model.settings().model,
            "prompt": self.prompt,
            "completion": text,
            "stop": answered.stop,
            "tokens": tokens,
            "counted": answered.tokens.is_some(),
            "micros": amount.micros,
            "tries": answered.tries,
        });
        self.settle(reserved, Settled::Answered, tokens, amount, facts)
            .await
            .map_err(|error| unkept(&error))?;
        Ok(Completion {
            text: answered.text,
            stop: answered.stop.to_owned(),
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            attributes: vec![Attribute {
                key: "model".to_owned(),
                value: self.payer.model.clone(),
            }],
        })
    }

    async fn failed(&self, reserved: Reserved, error: &ModelError) -> Failed {
        let amount = match error.may_have_cost() {
            true => self.worst(),
            false => Amount::default(),
        };
        let facts = json!({
            "model": self.payer.model,
            "served": self.priced.model.settings().model,
            "prompt": self.prompt,
            "error": error.to_string(),
            "micros": amount.micros,
        });
        let tokens = Tokens::default();
        let settled = self.settle(reserved, Settled::Failed, tokens, amount, facts);
        if let Err(error) = settled.await {
            // It stays reserved, and so counts at its worst.
            tracing::warn!(%error, "a model's request could not be settled");
        }
        Failed::Unavailable(error.to_string())
    }

    async fn settle(
        &self,
        reserved: Reserved,
        how: Settled,
        tokens: Tokens,
        amount: Amount,
        facts: Value,
    ) -> Result<(), StoreError> {
        let entry = self.entry(Kind::ModelAnswered, facts, (self.models.clock)());
        let store = &self.models.store;
        store
            .write(move |tx| {
                tx.settle_model(reserved, how, tokens, amount)?;
                tx.record(&entry)
            })
            .await
    }

    fn entry(&self, kind: Kind, facts: Value, at: Timestamp) -> Entry {
        Entry {
            at,
            kind,
            subject: self.payer.task.to_string(),
            facts,
        }
    }
}

/// Writes down the end of what a host that died was asking: it is counted at
/// its worst, because nobody knows what was billed. Only the holder of the
/// server's lock may say that it died.
pub async fn close_abandoned(
    store: &Store,
    _lock: &ServerLock,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let closed = store.write(move |tx| {
        let abandoned = tx.close_abandoned_models()?;
        for one in &abandoned {
            let facts = json!({
                "model": one.model,
                "error": "the host stopped while it was asking",
                "micros": one.amount.micros,
            });
            tx.record(&Entry {
                at: now,
                kind: Kind::ModelAnswered,
                subject: one.task.clone(),
                facts,
            })?;
        }
        Ok(abandoned.len())
    });
    closed.await
}

/// What a budget kept from being asked.
fn refused(payer: &Payer, prompt: &Digest, exceeded: &Exceeded, at: Timestamp) -> Entry {
    let facts = json!({
        "model": payer.model,
        "prompt": prompt,
        "budget": exceeded.key,
        "why": exceeded.to_string(),
    });
    Entry {
        at,
        kind: Kind::ModelRefused,
        subject: payer.task.to_string(),
        facts,
    }
}
