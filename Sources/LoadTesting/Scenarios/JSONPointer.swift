/// A place in a JSON document (RFC 6901), found in its bytes without reading the rest of it into memory.
struct JSONPointer: Sendable, Hashable {
  private let tokens: [[UInt8]]
  private let numbers: [Int?]

  /// Nil where the text is no pointer: it has to be empty or begin with a slash.
  init?(_ text: String) {
    guard text.isEmpty || text.hasPrefix("/") else { return nil }
    var tokens: [[UInt8]] = []
    for part in text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst(text.isEmpty ? 0 : 1) {
      var token: [UInt8] = []
      var i = part.startIndex
      while i < part.endIndex {
        // Section 3: ~0 is ~, ~1 is /, and nothing else may stand behind a ~.
        if part[i] == 0x7E {
          i = part.index(after: i)
          guard i < part.endIndex, part[i] == 0x30 || part[i] == 0x31 else { return nil }
          token.append(part[i] == 0x30 ? 0x7E : 0x2F)
        } else {
          token.append(part[i])
        }
        i = part.index(after: i)
      }
      tokens.append(token)
    }
    self.tokens = text.isEmpty ? [] : tokens
    // Section 4: digits without a leading zero are an index.
    numbers = self.tokens.map { token in
      guard token.count == 1 || token.first != 0x30 else { return nil }
      return TextTemplate.number(token)
    }
  }

  /// The value there: the text of a string, anything else as it is written. Nil where there is none, or where the bytes
  /// up to there are no JSON.
  func value(in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var scanner = Scanner(bytes: bytes)
    scanner.skipSpace()
    for (token, number) in zip(tokens, numbers) {
      switch scanner.current {
      case 0x7B: guard scanner.enterObject(token) else { return nil }
      case 0x5B: guard let number, scanner.enterArray(number) else { return nil }
      default: return nil
      }
    }
    let start = scanner.place
    let isString = scanner.current == 0x22
    guard scanner.skipValue() else { return nil }
    let whole = UnsafeBufferPointer(rebasing: bytes[start..<scanner.place])
    return isString ? Scanner.unescaped(UnsafeBufferPointer(rebasing: whole[1..<(whole.count - 1)])) : Array(whole)
  }

  private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var place = 0
    var current: UInt8 { place < bytes.count ? bytes[place] : 0 }

    mutating func skipSpace() {
      while place < bytes.count,
        bytes[place] == 0x20 || bytes[place] == 0x0A || bytes[place] == 0x0D || bytes[place] == 9
      { place &+= 1 }
    }

    /// Goes to the value of a key of the object that begins here.
    mutating func enterObject(_ key: [UInt8]) -> Bool {
      place &+= 1
      skipSpace()
      while current == 0x22 {
        let start = place &+ 1
        guard skipString() else { return false }
        let name = UnsafeBufferPointer(rebasing: bytes[start..<(place &- 1)])
        skipSpace()
        guard current == 0x3A else { return false }
        place &+= 1
        skipSpace()
        if name.elementsEqual(key) || (name.contains(0x5C) && Self.unescaped(name) == key) { return true }
        guard skipValue() else { return false }
        skipSpace()
        guard current == 0x2C else { return false }
        place &+= 1
        skipSpace()
      }
      return false
    }

    mutating func enterArray(_ index: Int) -> Bool {
      place &+= 1
      skipSpace()
      if current == 0x5D { return false }
      for _ in 0..<index {
        guard skipValue() else { return false }
        skipSpace()
        guard current == 0x2C else { return false }
        place &+= 1
        skipSpace()
      }
      return place < bytes.count
    }

    /// Goes behind the value that begins here; false where there is none or it does not end.
    mutating func skipValue() -> Bool {
      switch current {
      case 0x22: return skipString()
      case 0x7B, 0x5B:
        var depth = 0
        while place < bytes.count {
          switch bytes[place] {
          case 0x22:
            guard skipString() else { return false }
            continue
          case 0x7B, 0x5B: depth &+= 1
          case 0x7D, 0x5D:
            depth &-= 1
            if depth == 0 {
              place &+= 1
              return true
            }
          default: break
          }
          place &+= 1
        }
        return false
      default:
        let start = place
        while place < bytes.count {
          switch bytes[place] {
          case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: place &+= 1
          default: return place > start
          }
        }
        return place > start
      }
    }

    mutating func skipString() -> Bool {
      place &+= 1
      while place < bytes.count {
        if bytes[place] == 0x22 {
          place &+= 1
          return true
        }
        place &+= bytes[place] == 0x5C ? 2 : 1
      }
      return false
    }

    /// The text that the inside of a string stands for (RFC 8259, 7).
    static func unescaped(_ inside: UnsafeBufferPointer<UInt8>) -> [UInt8] {
      guard inside.contains(0x5C) else { return Array(inside) }
      var result: [UInt8] = []
      var i = 0
      func unit(_ start: Int) -> UInt32? {
        guard start + 4 <= inside.count else { return nil }
        var value: UInt32 = 0
        for byte in inside[start..<(start + 4)] {
          switch byte {
          case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
          case 0x41...0x46: value = value << 4 | UInt32(byte - 0x41 + 10)
          case 0x61...0x66: value = value << 4 | UInt32(byte - 0x61 + 10)
          default: return nil
          }
        }
        return value
      }
      while i < inside.count {
        guard inside[i] == 0x5C, i + 1 < inside.count else {
          result.append(inside[i])
          i += 1
          continue
        }
        i += 2
        switch inside[i - 1] {
        case 0x6E: result.append(10)
        case 0x72: result.append(13)
        case 0x74: result.append(9)
        case 0x62: result.append(8)
        case 0x66: result.append(12)
        case 0x75:
          guard var scalar = unit(i) else { continue }
          i += 4
          if (0xD800..<0xDC00).contains(scalar), i + 1 < inside.count, inside[i] == 0x5C, inside[i + 1] == 0x75,
            let low = unit(i + 2), (0xDC00..<0xE000).contains(low)
          {
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            i += 6
          }
          result += Array(String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
        case let other: result.append(other)
        }
      }
      return result
    }
  }
}
