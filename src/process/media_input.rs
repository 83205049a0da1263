//! Files of a composition as inputs of ffmpeg and ffprobe. A composition is somebody else's: its
//! file names must not be taken for options, protocols or devices, and what is in a file must not
//! have other files or addresses opened. Playlists (HLS, DASH, concat, IMF, SDP) and scripts
//! (AviSynth) do so, under any name.

use std::borrow::Cow;
use std::path::Path;

use super::args::words;

/// ffmpeg's names of the formats that hold all they show in one file. What is not listed is not
/// opened: formats that name other files, capture devices, texts drawn as pictures, subtitles. Names
/// that a version of ffmpeg does not know do no harm.
pub const MEDIA_FORMATS: &str = "3dostr,4xm,aa,aac,aax,ac3,ac4,ace,acm,act,adp,ads,adx,aea,afc,aiff,aix,amr,amrnb,amrwb\
     ,anm,apac,apc,ape,apm,apng,aptx,aptx_hd,argo_asf,argo_brp,argo_cvg,asf,asf_o,ast,au,av1\
     ,avi,avr,avs,avs2,avs3,bethsoftvid,bfi,bfstm,bink,binka,bit,bmp_pipe,bmv,boa,bonk\
     ,brender_pix,brstm,c93,caf,cavsvideo,cdg,cdxl,cine,codec2,cri_pipe,daud,dcstr,dds_pipe\
     ,derf,dfa,dhav,dirac,dnxhd,dpx_pipe,dsf,dsicin,dss,dts,dtshd,dv,dxa,ea,ea_cdata,eac3\
     ,epaf,evc,exr_pipe,film_cpk,filmstrip,fits,flac,flic,flv,frm,fsb,fwse,g722,g729,gdv\
     ,gem_pipe,genh,gif,gif_pipe,gsm,gxf,h261,h263,h264,hca,hcom,hdr_pipe,hevc,hnm,iamf,ico\
     ,idcin,iff,ifv,ilbc,image2,ingenient,ipmovie,ipu,ircam,iss,iv8,ivf,ivr,j2k_pipe\
     ,jpeg_pipe,jpegls_pipe,jpegxl_anim,jpegxl_pipe,jv,kux,kvag,laf,lc3,live_flv,lmlm4,loas\
     ,luodat,lvf,lxf,m4v,matroska,mca,mgsts,mjpeg,mjpeg_2000,mlp,mlv,mm,mmf,mods,moflex,mov\
     ,mp3,mpc,mpc8,mpeg,mpegts,mpegtsraw,mpegvideo,msf,msnwctcp,msp,mtaf,mtv,musx,mv,mvi,mxf\
     ,mxg,nc,nistsphere,nsp,nsv,nut,nuv,obu,ogg,oma,osq,paf,pam_pipe,pbm_pipe,pcx_pipe,pdv\
     ,pfm_pipe,pgm_pipe,pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,pictor_pipe,pmp,png_pipe\
     ,pp_bnk,ppm_pipe,psd_pipe,psxstr,pva,pvf,qcp,qdraw_pipe,qoa,qoi_pipe,r3d,redspark,rka\
     ,rl2,rm,roq,rpl,rsd,rso,sbc,scd,sdns,sdr2,sds,sdx,ser,sga,sgi_pipe,shn,siff\
     ,simbiosis_imx,sln,smjpeg,smk,smush,sol,sox,spdif,sunrast_pipe,svag,svs,swf,tak,thp\
     ,tiertexseq,tiff_pipe,tmv,truehd,tta,txd,ty,usm,v210,v210x,vag,vbn_pipe,vc1,vc1test,vidc\
     ,vividas,vivo,vmd,voc,vpk,vqf,vvc,w64,wady,wav,wavarc,wc3movie,webm,webp_anim,webp_pipe\
     ,wsaud,wsd,wsvqa,wtv,wv,wve,xa,xbm_pipe,xmd,xmv,xpm_pipe,xvag,xwd_pipe,xwma,yop\
     ,yuv4mpegpipe";

/// What ffmpeg and ffprobe say of a file in another format, behind its name.
const REFUSAL: &str = "] Format not on whitelist";

/// `path` as an input of ffmpeg or ffprobe: alone, and of a format that is in one file.
pub fn media_input(path: &Path) -> Vec<String> {
    let limits = [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        MEDIA_FORMATS,
    ];
    let mut args = words(&limits);
    args.extend(["-i".to_owned(), file_address(path)]);
    args
}

/// A file that was written here as an input: it may be a playlist of other files, which are ours as well.
pub fn written_input(path: &Path) -> Vec<String> {
    let mut args = words(&["-protocol_whitelist", "file", "-i"]);
    args.push(file_address(path));
    args
}

/// `path` as an address. Absolute and with its protocol: no name is an option, a protocol or
/// standard input.
fn file_address(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    format!("file:{}", absolute.display())
}

/// A command line with its inputs as upstream writes them: by their plain names, without limits.
#[cfg(test)]
pub(crate) fn with_plain_inputs(args: &[String]) -> String {
    let limits = format!("-protocol_whitelist file -format_whitelist {MEDIA_FORMATS} ");
    let here = std::env::current_dir().unwrap_or_default();
    let line = args.join(" ").replace(&limits, "");
    let line = line.replace("-protocol_whitelist file ", "");
    let line = line.replace(
        &format!("file:{}{}", here.display(), std::path::MAIN_SEPARATOR),
        "",
    );
    line.replace("file:", "")
}

/// What a tool said, with a refusal of [`media_input`] in words; its own is longer than a page.
pub fn without_refusal(said: &str) -> Cow<'_, str> {
    if !said.contains(REFUSAL) {
        return said.into();
    }
    let lines = said.lines().map(|line| match line.split_once(REFUSAL) {
        None => line.to_owned(),
        Some((named, _)) => {
            let name = named.trim_start_matches('[').split(' ').next();
            format!(
                "the format \"{}\" is not opened: a media file holds all that it shows",
                name.unwrap_or_default()
            )
        }
    });
    lines.collect::<Vec<_>>().join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_an_option_a_protocol_or_a_pattern_of_standard_input() {
        for name in [
            "-",
            "-i",
            "http://x/a.mp4",
            "concat:a|b",
            "pipe:0",
            "data:,x",
            "a\nb",
        ] {
            let args = media_input(Path::new(name));
            let address = args.last().unwrap();
            let here = std::env::current_dir().unwrap();
            if cfg!(windows) {
                assert!(address.starts_with(&format!("file:{}", here.display())));
                continue;
            }
            let file = format!("file:{}/{name}", here.display());
            assert_eq!(address, &file.replace("//", "/"));
        }
    }

    #[test]
    fn every_name_is_a_name() {
        let is_name = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !name.is_empty() && name.chars().all(plain)
        };
        assert!(MEDIA_FORMATS.split(',').all(is_name), "{MEDIA_FORMATS}");
        for name in [
            "mov", "matroska", "webm", "mp3", "wav", "ogg", "flac", "mpegts", "gif",
        ] {
            assert!(
                MEDIA_FORMATS.split(',').any(|listed| listed == name),
                "{name}"
            );
        }
    }

    #[test]
    fn formats_that_name_other_files_are_not_listed() {
        for name in [
            "hls",
            "dash",
            "concat",
            "concatf",
            "imf",
            "sdp",
            "rtsp",
            "sap",
            "rtp",
            "lavfi",
            "avisynth",
            "vapoursynth",
            "vobsub",
            "webm_dash_manifest",
            "tty",
            "data",
            "ass",
            "image2pipe",
            "video4linux2",
            "alsa",
            "x11grab",
        ] {
            assert!(
                !MEDIA_FORMATS.split(',').any(|listed| listed == name),
                "{name}"
            );
        }
    }

    #[test]
    fn a_refusal_is_told_in_a_sentence() {
        let said = "[hls @ 0x1] Format not on whitelist 'a,b,c'\nfile:/a.mp4: Invalid argument";
        let told = without_refusal(said);
        assert!(
            told.starts_with("the format \"hls\" is not opened"),
            "{told}"
        );
        assert!(told.ends_with("\nfile:/a.mp4: Invalid argument"), "{told}");
        let other = "moov atom not found";
        assert_eq!(without_refusal(other), other);
    }
}
