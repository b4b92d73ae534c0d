//! The few lines that mail protocols speak before TLS.

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::StartTls;
use super::error::HandshakeError;

/// No line of an answer is longer, in bytes: RFC 5321 has 512, some servers more.
const LINE: usize = 2048;
/// No answer has more lines.
const LINES: usize = 100;

/// Speaks as far as the moment at which TLS begins.
///
/// What comes after the answer to STARTTLS and before TLS is refused: nobody may put words into what looks protected
/// (CVE-2011-0411 and its kin).
pub(super) async fn begin(stream: TcpStream, protocol: StartTls) -> Result<TcpStream, HandshakeError> {
    let own = stream.local_addr().map_err(|error| HandshakeError::handshake(&error))?;
    let mut talk = Talk { stream: BufReader::with_capacity(LINE, stream), protocol };
    match protocol {
        StartTls::Smtp => talk.smtp(own).await?,
        StartTls::Imap => talk.imap().await?,
        StartTls::Pop3 => talk.pop3().await?,
    }
    if !talk.stream.buffer().is_empty() {
        return Err(talk.odd("it says more before TLS begins"));
    }
    Ok(talk.stream.into_inner())
}

struct Talk {
    stream: BufReader<TcpStream>,
    protocol: StartTls,
}

impl Talk {
    async fn smtp(&mut self, own: SocketAddr) -> Result<(), HandshakeError> {
        let (code, lines) = self.reply().await?;
        self.wanted("220", &code, &lines)?;
        // An address is a name that every server must take (RFC 5321, section 4.1.3).
        let literal = match own.ip() {
            IpAddr::V4(address) => format!("[{address}]"),
            IpAddr::V6(address) => format!("[IPv6:{address}]"),
        };
        self.say(&format!("EHLO {literal}\r\n")).await?;
        let (code, lines) = self.reply().await?;
        self.wanted("250", &code, &lines)?;
        // The first line is the greeting.
        if !lines.iter().skip(1).any(|line| line.eq_ignore_ascii_case("STARTTLS")) {
            return Err(HandshakeError::NoStartTls);
        }
        self.say("STARTTLS\r\n").await?;
        let (code, lines) = self.reply().await?;
        self.wanted("220", &code, &lines)
    }

    /// A reply of one or more lines, all with one code (RFC 5321, section 4.2.1).
    async fn reply(&mut self) -> Result<(String, Vec<String>), HandshakeError> {
        let mut first: Option<String> = None;
        let mut lines = Vec::new();
        for _ in 0..LINES {
            let line = self.line().await?;
            let code = line.get(..3).filter(|code| code.bytes().all(|digit| digit.is_ascii_digit()));
            let code = code.ok_or_else(|| self.odd_line(&line))?.to_owned();
            let (last, text) = match line.as_bytes().get(3) {
                None | Some(b' ') => (true, line.get(4..).unwrap_or_default()),
                Some(b'-') => (false, line.get(4..).unwrap_or_default()),
                Some(_) => return Err(self.odd_line(&line)),
            };
            if first.as_ref().is_some_and(|first| *first != code) {
                return Err(self.odd_line(&line));
            }
            first = Some(code.clone());
            lines.push(text.to_owned());
            if last {
                return Ok((code, lines));
            }
        }
        Err(self.odd("its answer has no end"))
    }

    async fn imap(&mut self) -> Result<(), HandshakeError> {
        let greeting = self.line().await?;
        let upper = greeting.to_ascii_uppercase();
        if upper.starts_with("* PREAUTH ") {
            return Err(HandshakeError::NoStartTls);
        }
        if !upper.starts_with("* OK") {
            return Err(self.odd_line(&greeting));
        }
        self.say("a STARTTLS\r\n").await?;
        for _ in 0..LINES {
            let line = self.line().await?;
            if line.starts_with("* ") {
                continue;
            }
            let Some(answer) = line.strip_prefix("a ") else {
                return Err(self.odd_line(&line));
            };
            let word = answer.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            return match word.as_str() {
                "OK" => Ok(()),
                "NO" | "BAD" => Err(HandshakeError::NoStartTls),
                _ => Err(self.odd_line(&line)),
            };
        }
        Err(self.odd("its answer has no end"))
    }

    async fn pop3(&mut self) -> Result<(), HandshakeError> {
        let greeting = self.line().await?;
        if !is_pop3(&greeting, "+OK") {
            return Err(self.odd_line(&greeting));
        }
        self.say("STLS\r\n").await?;
        let line = self.line().await?;
        if is_pop3(&line, "+OK") {
            return Ok(());
        }
        Err(if is_pop3(&line, "-ERR") { HandshakeError::NoStartTls } else { self.odd_line(&line) })
    }

    async fn say(&mut self, text: &str) -> Result<(), HandshakeError> {
        self.stream.get_mut().write_all(text.as_bytes()).await.map_err(|error| HandshakeError::handshake(&error))
    }

    /// One line, without its end.
    async fn line(&mut self) -> Result<String, HandshakeError> {
        match read_line(&mut self.stream).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(self.odd("its line has no end")),
            Err(error) => Err(HandshakeError::handshake(&error)),
        }
    }

    fn wanted(&self, wanted: &str, code: &str, lines: &[String]) -> Result<(), HandshakeError> {
        if code == wanted {
            return Ok(());
        }
        Err(self.odd_line(&format!("{code} {}", lines.first().map_or("", String::as_str))))
    }

    fn odd_line(&self, line: &str) -> HandshakeError {
        // Of strangers, so that no more than a glimpse is told.
        let glimpse: String = line.chars().filter(|char| !char.is_control()).take(80).collect();
        self.odd(&format!("it says {glimpse:?}"))
    }

    fn odd(&self, reason: &str) -> HandshakeError {
        let protocol = match self.protocol {
            StartTls::Smtp => "SMTP",
            StartTls::Imap => "IMAP",
            StartTls::Pop3 => "POP3",
        };
        HandshakeError::Protocol { protocol, reason: reason.to_owned() }
    }
}

fn is_pop3(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// A line of at most [`LINE`] bytes; `None` if it is longer or cut.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    stream.take(LINE as u64).read_until(b'\n', &mut bytes).await?;
    if bytes.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    if bytes.pop() != Some(b'\n') {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
#[path = "starttls_tests.rs"]
mod tests;
