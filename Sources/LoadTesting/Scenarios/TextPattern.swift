import Glibc

/// A pattern that is looked for in answers: an extended regular expression (POSIX.1-2017, 9.4) with `\d`, `\w`, `\s`,
/// `\b`, groups that are not counted `(?:...)`, and `*?` and `+?` before a character, which match no further than to it.
/// `.` matches no line end.
///
/// The system's own matcher: some microseconds a kilobyte. Swift's took 95 µs for what this takes 2.3 µs for.
final class TextPattern {
  private let compiled: UnsafeMutablePointer<regex_t>
  private let matches: UnsafeMutablePointer<regmatch_t>
  /// Which group is the value: the first that is counted; 0 is all of the match.
  private let group: Int
  private static let mostGroups = 32

  /// - Throws: ``LoadTestingError`` where the text is no pattern.
  init(_ text: String) throws(LoadTestingError) {
    let (translated, first) = try Self.translated(text)
    compiled = .allocate(capacity: 1)
    let status = regcomp(compiled, translated, REG_EXTENDED | Self.linesEnd)
    guard status == 0 else {
      var words = [CChar](repeating: 0, count: 128)
      regerror(status, compiled, &words, words.count)
      compiled.deallocate()
      let said = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw LoadTestingError(
        .badSettings, "the pattern '\(text)' cannot be read: \(said)", remedy: #"write one as 'token=([^&"]+)'"#)
    }
    matches = .allocate(capacity: Self.mostGroups)
    matches.initialize(repeating: regmatch_t(), count: Self.mostGroups)
    group = first <= compiled.pointee.re_nsub && first < Self.mostGroups ? first : 0
  }
  deinit {
    regfree(compiled)
    compiled.deallocate()
    matches.deallocate()
  }
  /// `REG_NEWLINE` and `REG_STARTEND` are macros that Swift does not see: values of glibc's `regex.h`.
  private static let linesEnd: Int32 = 4
  private static let startEnd: Int32 = 4

  /// The value of the first match, or nil where there is none.
  func value(in bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    guard let base = bytes.baseAddress, bytes.count < Int(Int32.max) else { return nil }
    matches[0].rm_so = 0
    matches[0].rm_eo = regoff_t(bytes.count)
    let status = base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      regexec(compiled, $0, Self.mostGroups, matches, Self.startEnd)
    }
    guard status == 0, matches[group].rm_so >= 0 else { return nil }
    return UnsafeBufferPointer(rebasing: bytes[Int(matches[group].rm_so)..<Int(matches[group].rm_eo)])
  }

  /// The pattern in the system's words, and which of its groups is the first that counts.
  private static func translated(_ text: String) throws(LoadTestingError) -> (String, Int) {
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    var groups = 0
    var first = 1
    var hasFirst = false
    var isInClass = false
    var i = 0
    func at(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, "the pattern '\(text)' \(problem)", remedy: remedy)
    }
    while i < bytes.count {
      let byte = bytes[i]
      if byte == 0x5C {
        switch at(i + 1) {
        case 0x64: result += Array((isInClass ? "0-9" : "[0-9]").utf8)
        case 0x77 where isInClass: result += Array("[:alnum:]_".utf8)
        case 0x73 where isInClass: result += Array("[:space:]".utf8)
        case 0x6E: result.append(10)
        case 0x74: result.append(9)
        case 0: throw bad("ends with a backslash", #"write \\ for a backslash"#)
        // Inside a class of POSIX a backslash is itself.
        case let next where isInClass: result.append(next)
        case let next: result += [0x5C, next]
        }
        i += 2
        continue
      }
      if isInClass {
        isInClass = byte != 0x5D
        result.append(byte)
        i += 1
        continue
      }
      switch byte {
      case 0x5B:
        isInClass = true
        result.append(byte)
        i += 1
        for expected: UInt8 in [0x5E, 0x5D] where at(i) == expected {
          result.append(expected)
          i += 1
        }
        continue
      case 0x28:
        groups += 1
        if at(i + 1) == 0x3F {
          guard at(i + 2) == 0x3A else {
            throw bad("looks ahead or behind, which is not understood", "match what stands around the value instead")
          }
          i += 2
        } else if !hasFirst {
          hasFirst = true
          first = groups
        }
        result.append(0x28)
      case 0x2A, 0x2B:
        result.append(byte)
        if at(i + 1) == 0x3F {
          // As little as possible, up to a character: anything but that character.
          let next = at(i + 2) == 0x29 ? at(i + 3) : at(i + 2)
          let isPlain = next > 32 && !Array(#"[](){}.*+?^$|\"#.utf8).contains(next)
          guard result.count >= 2, result[result.count - 2] == 0x2E, isPlain else {
            throw bad(
              "matches as little as possible, which is understood only before a plain character",
              #"write [^"]* instead of .*?"#)
          }
          result.removeLast(2)
          result += [0x5B, 0x5E, next, 0x5D, byte]
          i += 1
        }
      default: result.append(byte)
      }
      i += 1
    }
    return (String(decoding: result, as: UTF8.self), hasFirst ? first : 0)
  }
}
