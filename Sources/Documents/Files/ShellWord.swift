/// Words of a command that somebody will paste into a shell.
public enum ShellWord {
  /// A word as a POSIX shell reads it back (Shell Command Language, 2.2.2): in single quotes where it holds a blank or
  /// anything that has a meaning there.
  public static func quoted(_ word: String) -> String {
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
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  /// A file's name among the words of a command: one that begins with a dash is told from an option.
  public static func file(_ path: String) -> String {
    quoted(path.hasPrefix("-") && path != "-" ? "./" + path : path)
  }

  /// A command of several words.
  public static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
