//! The shadow trees that Chrome keeps in elements of its own, such as `<video>`. No script can reach
//! them, but the protocol can: a script of ours asks for their roots, and is given them.
//!
//! The script calls a function of the browser's ([`PageSession::offer_shadow_roots`]) with an
//! expression whose value is `{ elements, take }`. `take(roots)` is called once, with the root of
//! each element, or null for an element without one.
//!
//! [`PageSession::offer_shadow_roots`]: super::PageSession::offer_shadow_roots

use chromiumoxide::cdp::browser_protocol::dom::{
    DescribeNodeParams, ResolveNodeParams, ShadowRootType,
};
use chromiumoxide::cdp::js_protocol::runtime::{
    CallArgument, CallFunctionOnParams, EvaluateParams, EventBindingCalled, ExecutionContextId,
    GetPropertiesParams, ReleaseObjectGroupParams, RemoteObjectId,
};
use futures::future::try_join_all;
use serde::Deserialize;

use super::error::BrowserError;
use super::listener::RawEvent;
use super::page_link::PageLink;

/// The event of a script that asks.
pub(super) const ASKED: &str = "Runtime.bindingCalled";

/// What `take` is called by: `this` is the value of the script's expression.
const TAKE: &str = "function (...roots) { this.take(roots); }";

/// Gives the scripts of one page the shadow roots they ask for.
#[derive(Debug, Clone)]
pub(super) struct ShadowRoots(pub PageLink);

impl ShadowRoots {
    /// Answers the script that caused `event`, an [`ASKED`]. Returns at once; a script that gets no
    /// answer has a deadline of its own.
    pub fn answer(&self, event: &RawEvent) {
        #[derive(Deserialize)]
        struct Envelope {
            params: EventBindingCalled,
        }
        let Ok(Envelope { params: asked }) = serde_json::from_slice(&event.message) else {
            return;
        };
        if !self.0.is_used() {
            return;
        }
        let page = self.clone();
        tokio::spawn(async move {
            let given = page.give(&asked.payload, asked.execution_context_id).await;
            if let Err(error) = given {
                tracing::warn!(%error, "a script was not given the shadow roots it asked for");
            }
        });
    }

    async fn give(
        &self,
        expression: &str,
        context: ExecutionContextId,
    ) -> Result<(), BrowserError> {
        let given = self.give_held(expression, context).await;
        // Chrome would keep the objects alive as long as the page.
        let release = ReleaseObjectGroupParams::new(expression);
        given.and(self.0.execute(release).await.map(drop))
    }

    /// As [`Self::give`]; the objects that are named to us are held in a group that is called like
    /// the expression.
    async fn give_held(
        &self,
        expression: &str,
        context: ExecutionContextId,
    ) -> Result<(), BrowserError> {
        let value_of = |part: String| self.value_of(part, expression, context);
        let asking = value_of(expression.to_owned()).await?;
        let elements = value_of(format!("({expression}).elements")).await?;
        let mut list = GetPropertiesParams::new(elements);
        list.own_properties = Some(true);
        let items = self.0.execute(list).await?.result.into_iter();
        // The length of a list is among its properties, and is no object.
        let items = items.filter_map(|item| item.value?.object_id);
        let roots = try_join_all(items.map(|item| self.root_of(item, expression))).await?;
        let arguments = roots.into_iter().map(|root| CallArgument {
            value: root.is_none().then_some(serde_json::Value::Null),
            unserializable_value: None,
            object_id: root,
        });
        let mut take = CallFunctionOnParams::new(TAKE);
        take.object_id = Some(asking);
        take.arguments = Some(arguments.collect());
        self.0.execute(take).await.map(drop)
    }

    /// The object that `expression` is, held in `group`.
    async fn value_of(
        &self,
        expression: String,
        group: &str,
        context: ExecutionContextId,
    ) -> Result<RemoteObjectId, BrowserError> {
        let mut params = EvaluateParams::new(&expression);
        params.context_id = Some(context);
        params.object_group = Some(group.to_owned());
        let value = self.0.execute(params).await?.result;
        value.object_id.ok_or_else(|| BrowserError::Reply {
            method: EvaluateParams::IDENTIFIER.into(),
            detail: format!("`{expression}` is no object"),
        })
    }

    /// The root of the shadow tree that Chrome made for an element, held in `group`; `None` where it
    /// made none.
    async fn root_of(
        &self,
        element: RemoteObjectId,
        group: &str,
    ) -> Result<Option<RemoteObjectId>, BrowserError> {
        let mut params = DescribeNodeParams::builder().depth(1).build();
        params.object_id = Some(element);
        params.pierce = Some(true);
        let roots = self.0.execute(params).await?.node.shadow_roots;
        let root = roots
            .into_iter()
            .flatten()
            .find(|root| root.shadow_root_type == Some(ShadowRootType::UserAgent));
        let Some(root) = root else {
            return Ok(None);
        };
        let resolve = ResolveNodeParams::builder()
            .backend_node_id(root.backend_node_id)
            .object_group(group);
        Ok(self.0.execute(resolve.build()).await?.object.object_id)
    }
}
