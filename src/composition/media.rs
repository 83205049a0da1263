//! The media lists of a composition, typed where they come from JavaScript. Their entries are
//! upstream's objects: fields that are not read here stay allowed, whatever the version.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::audio::AudioClip;
use super::video::VideoClip;

/// Timed media of the root timeline, as upstream's `collectRenderMedia` lists them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "RawMediaLists", rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MediaLists {
    /// `<video>` clips.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub videos: Vec<VideoClip>,
    /// Sounding elements.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub audios: Vec<AudioClip>,
    /// Images. Entries without an id or a source are left out.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub images: Vec<TimedImage>,
    /// JSON of the effects on the whole sound.
    pub master_fx_chain: Option<String>,
}

/// An image on the root timeline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TimedImage {
    /// Render id, unique in the document.
    pub id: String,
    /// Path relative to the project, or absolute.
    pub src: String,
}

/// An entry of a media list that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`media.{list}[{index}]`: {source}")]
struct EntryError {
    list: &'static str,
    index: usize,
    source: serde_json::Error,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct RawMediaLists {
    videos: Vec<Value>,
    audios: Vec<Value>,
    images: Vec<Value>,
    master_fx_chain: Option<String>,
}

impl TryFrom<RawMediaLists> for MediaLists {
    type Error = EntryError;

    fn try_from(raw: RawMediaLists) -> Result<Self, EntryError> {
        Ok(Self {
            videos: entries("videos", raw.videos)?,
            audios: entries("audios", raw.audios)?,
            images: raw
                .images
                .into_iter()
                .filter_map(|image| serde_json::from_value(image).ok())
                .collect(),
            master_fx_chain: raw.master_fx_chain,
        })
    }
}

fn entries<T: DeserializeOwned>(list: &'static str, raw: Vec<Value>) -> Result<Vec<T>, EntryError> {
    let entries = raw.into_iter().enumerate();
    let read = entries.map(|(index, entry)| {
        serde_json::from_value(entry).map_err(|source| EntryError {
            list,
            index,
            source,
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::{AudioKind, RateSpec};
    use serde_json::json;

    fn read(lists: Value) -> Result<MediaLists, serde_json::Error> {
        serde_json::from_str(&lists.to_string())
    }

    #[test]
    fn audios_are_read_as_the_compile_stage_writes_them() {
        let lists = read(json!({"audios": [
            {"id": "a", "src": "a.wav", "start": 1, "end": null, "mediaStart": 0.5, "layer": 0,
             "playbackRate": 1.5, "volume": null, "fadeIn": 0.2, "type": "audio"},
            {"id": "v-audio", "src": "v.mp4", "start": 0, "end": 2, "mediaStart": 0, "layer": 0,
             "playbackRate": {"target": "rate", "points": [{"t": 0, "v": 2}]}, "volume": 0.5,
             "groupId": "g", "groupVolume": 0.7, "type": "video"},
        ], "masterFxChain": "[]"}));
        let lists = lists.unwrap();
        let audios = &lists.audios;
        assert_eq!((audios[0].end, audios[0].volume), (0.0, None));
        assert_eq!(audios[1].kind, AudioKind::Video);
        assert!(matches!(
            audios[1].playback_rate,
            Some(RateSpec::Automation(_))
        ));
        assert_eq!(lists.master_fx_chain.as_deref(), Some("[]"));
    }

    #[test]
    fn an_unreadable_entry_is_named() {
        let whole = json!({"id": "a", "src": "a", "start": 0});
        for list in ["videos", "audios"] {
            let text = read(json!({list: [whole, {"id": "b"}]})).unwrap_err();
            let text = text.to_string();
            let place = format!("`media.{list}[1]`: ");
            assert!(text.contains(&place) && text.contains("src"), "{text}");
        }
    }

    #[test]
    fn images_without_id_or_source_are_left_out() {
        let lists = read(json!({"images": [
            {"id": "a", "src": "a.png", "start": 0, "layer": 3}, {"id": "b"}, {"id": 1, "src": "c"}, 7,
        ]}));
        let image = TimedImage {
            id: "a".into(),
            src: "a.png".into(),
        };
        assert_eq!(lists.unwrap().images, [image]);
    }

    #[test]
    fn lists_may_be_missing_and_entries_may_say_more() {
        assert_eq!(read(json!({})).unwrap(), MediaLists::default());
        let video = json!({"id": "a", "src": "a.mp4", "start": 0, "newField": {"deep": [1]}});
        let lists = read(json!({"videos": [video]})).unwrap();
        assert_eq!(lists.videos[0].id, "a");
    }
}
