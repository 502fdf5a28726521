/// Words and commands as a POSIX shell reads them back.
public enum Shell {
  /// A word: in single quotes where it holds a blank or anything that has a meaning.
  public static func word(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        // Digits, and + , - . / : = @ _ %.
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "+")...UInt8(ascii: "/"): true
        default: "=@_%".utf8.contains(byte)
        }
      }
    if isPlain { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// A command, word by word.
  public static func command(_ words: [String]) -> String { words.map(word).joined(separator: " ") }
}
