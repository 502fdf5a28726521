import Documents

/// A cell that holds a number as people and programs write it: digits with separators, and a unit behind.
struct NumberCell {
  /// The digits with `.`, `,`, `'` and blanks between them, as written; other blanks and apostrophes are written so too.
  private(set) var body: [UInt8] = []
  private(set) var isNegative = false
  private(set) var exponent = 0
  /// What stands behind the number, without blanks around it.
  private(set) var suffix = ""

  /// Nil where the text does not begin with a number.
  init?(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      // Blanks that do not break a line, thin and figure space.
      case "\u{A0}", "\u{202F}", "\u{2009}", "\u{2007}", "\t": scalars.append(" ")
      case "\u{2019}", "`", "\u{B4}": scalars.append("'")
      case "\u{2212}": scalars.append("-")
      default: scalars.append(scalar)
      }
    }
    while scalars.first == " " { scalars.removeFirst() }
    while scalars.last == " " { scalars.removeLast() }
    func isDigit(_ i: Int) -> Bool { i < scalars.count && ("0"..."9").contains(scalars[i]) }
    var i = 0
    if i < scalars.count, scalars[i] == "-" || scalars[i] == "+" {
      isNegative = scalars[i] == "-"
      i += 1
    }
    while i < scalars.count {
      let scalar = scalars[i]
      if isDigit(i) {
        body.append(UInt8(truncatingIfNeeded: scalar.value))
      } else if scalar == "." || scalar == ",", isDigit(i + 1) || !body.isEmpty && !isDigit(i + 1) {
        body.append(UInt8(truncatingIfNeeded: scalar.value))
      } else if scalar == " " || scalar == "'", !body.isEmpty, isDigit(i + 1), isDigit(i - 1) {
        body.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        break
      }
      i += 1
    }
    // "5." is a number; "5," is not.
    guard body.contains(where: { $0 >= 48 && $0 <= 57 }), body.last != 44 else { return nil }
    if i < scalars.count, scalars[i] == "e" || scalars[i] == "E" {
      var j = i + 1
      var isDown = false
      if j < scalars.count, scalars[j] == "-" || scalars[j] == "+" {
        isDown = scalars[j] == "-"
        j += 1
      }
      if isDigit(j) {
        while isDigit(j), exponent < 1000 {
          exponent = exponent * 10 + Int(scalars[j].value) - 48
          j += 1
        }
        if isDown { exponent = -exponent }
        i = j
      }
    }
    var rest = String.UnicodeScalarView()
    rest.append(contentsOf: scalars[i...])
    suffix = String(rest).trimmed
  }

  /// What the separators of one number say about those of its column.
  enum Evidence { case none, point, comma, openPoint, openComma, contradictory }

  var evidence: Evidence {
    let points = body.count { $0 == 46 }
    let commas = body.count { $0 == 44 }
    switch (points, commas) {
    case (0, 0): return .none
    case (0, 1), (1, 0):
      let mark: UInt8 = points == 1 ? 46 : 44
      guard let at = body.firstIndex(of: mark) else { return .none }
      let whole = body[..<at]
      // Thousands stand in threes, behind one to three digits that do not begin with a zero.
      let isOpen =
        body.count - at - 1 == 3 && (1...3).contains(whole.count) && whole.first != 48
        && whole.allSatisfy { $0 >= 48 && $0 <= 57 } && suffix.isEmpty && exponent == 0
      if isOpen { return mark == 46 ? .openPoint : .openComma }
      return mark == 46 ? .point : .comma
    case (0, _): return value(NumberNotation(decimal: .point)) == nil ? .contradictory : .point
    case (_, 0): return value(NumberNotation(decimal: .comma)) == nil ? .contradictory : .comma
    default:
      guard let last = body.last(where: { $0 == 46 || $0 == 44 }) else { return .none }
      if last == 46 { return points == 1 ? .point : .contradictory }
      return commas == 1 ? .comma : .contradictory
    }
  }

  /// The number in a notation, without its unit; nil where it is none in it.
  func value(_ notation: NumberNotation) -> Double? {
    let decimal = notation.decimal.byte
    var digits: [UInt8] = isNegative ? [45] : []
    var sinceGroup = 0
    var groups: [Int] = []
    var hasPoint = false
    for byte in body {
      switch byte {
      case 48...57:
        digits.append(byte)
        sinceGroup += 1
      case decimal:
        guard !hasPoint else { return nil }
        if !groups.isEmpty { groups.append(sinceGroup) }
        hasPoint = true
        digits.append(46)
      default:
        guard !hasPoint else { return nil }
        groups.append(sinceGroup)
        sinceGroup = 0
      }
    }
    if !hasPoint, !groups.isEmpty { groups.append(sinceGroup) }
    // 1,014,000 and, as in India, 10,14,000.
    if groups.count > 1 {
      guard (1...3).contains(groups[0]), groups.last == 3, groups[1...].allSatisfy({ $0 == 3 || $0 == 2 }) else {
        return nil
      }
    }
    if exponent != 0 { digits += Array("e\(exponent)".utf8) }
    guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }
}

/// How the numbers of a column are written: what stands before the decimals. What else stands between digits groups them.
public struct NumberNotation: Hashable, Sendable {
  public enum Decimal: String, Hashable, Sendable, CaseIterable {
    case point = "."
    case comma = ","
    var byte: UInt8 { self == .point ? 46 : 44 }
  }
  public var decimal: Decimal
  /// What stands between thousands, as a word; nil where nothing does.
  public var groups: String?

  public init(decimal: Decimal = .point, groups: String? = nil) {
    self.decimal = decimal
    self.groups = groups
  }
}

/// Decides how the numbers of a file are written, by all that was seen of them.
struct NotationJudge {
  /// Cells that are written so for certain, and those that may be either, each with the first as an example.
  private(set) var point = (count: 0, example: "")
  private(set) var comma = (count: 0, example: "")
  private(set) var openPoint = (count: 0, example: "", top: 0.0)
  private(set) var openComma = (count: 0, example: "", top: 0.0)
  /// What was seen between thousands.
  private(set) var groups: Set<UInt8> = []
  /// Whole numbers without separators: how many, the least that is not zero, the most.
  private var plain = (count: 0, least: Double.infinity, most: 0.0)
  /// The byte between fields; nil outside tables.
  let delimiter: UInt8?

  init(delimiter: UInt8?) { self.delimiter = delimiter }

  mutating func see(_ cell: NumberCell, _ text: String) {
    func note(_ slot: inout (count: Int, example: String)) {
      if slot.count == 0 { slot.example = text }
      slot.count += 1
    }
    func open(_ slot: inout (count: Int, example: String, top: Double), _ decimal: NumberNotation.Decimal) {
      if slot.count == 0 { slot.example = text }
      slot.count += 1
      slot.top = max(slot.top, cell.value(NumberNotation(decimal: decimal)) ?? 0)
    }
    switch cell.evidence {
    case .point: note(&point)
    case .comma: note(&comma)
    case .openPoint: open(&openPoint, .point)
    case .openComma: open(&openComma, .comma)
    case .none, .contradictory: break
    }
    let decimal: UInt8? = cell.evidence == .comma ? 44 : cell.evidence == .point ? 46 : nil
    for byte in cell.body
    where byte == 32 || byte == 39 || decimal != nil && byte != decimal && (byte == 44 || byte == 46) {
      groups.insert(byte)
    }
  }

  /// A number that was read without a look at its separators, because it has none.
  mutating func see(plain value: Double) {
    guard value.isFinite, value == value.rounded(.down), value != 0 else { return }
    plain.count += 1
    plain.least = min(plain.least, abs(value))
    plain.most = max(plain.most, abs(value))
  }

  /// Nil where it stays open: nobody but the user can say.
  func notation(said: NumberNotation.Decimal?) -> NumberNotation? {
    func made(_ decimal: NumberNotation.Decimal) -> NumberNotation {
      var names: [String] = []
      if decimal == .comma, openPoint.count > 0 || groups.contains(46) { names.append("points") }
      if decimal == .point, openComma.count > 0 || groups.contains(44) { names.append("commas") }
      if groups.contains(32) { names.append("blanks") }
      if groups.contains(39) { names.append("apostrophes") }
      return NumberNotation(decimal: decimal, groups: names.isEmpty ? nil : names.joined(separator: " and "))
    }
    if let said { return made(said) }
    if comma.count > 0 || point.count > 0 { return made(comma.count > point.count ? .comma : .point) }
    // Programs that put commas, bars or tabs between fields write decimals with a point.
    let isPeoples = delimiter == 0x3B
    if openPoint.count > 0, openComma.count == 0 {
      return isPeoples ? settled(openPoint, .point, .comma).map(made) : made(.point)
    }
    if openComma.count > 0, openPoint.count == 0 {
      return delimiter == 0x2C ? made(.point) : settled(openComma, .comma, .point).map(made)
    }
    return openPoint.count > 0 ? nil : made(.point)
  }

  /// Which decimal sign holds where all that has a separator could be thousands.
  ///
  /// Whole numbers past 999 without a separator: thousands have none. Whole numbers below, and the rest ten times and
  /// more smaller if read as decimals: it is the rest of the same numbers, past 999.
  private func settled(
    _ open: (count: Int, example: String, top: Double), _ asDecimal: NumberNotation.Decimal,
    _ asThousands: NumberNotation.Decimal
  ) -> NumberNotation.Decimal? {
    guard plain.count > 0 else { return nil }
    if plain.most > 999 { return asDecimal }
    return open.top * 10 < plain.least ? asThousands : nil
  }

  /// The question that stays open.
  func question(_ column: String, at place: SourceLocation) -> Diagnostic {
    let example = openPoint.count > 0 ? openPoint.example : openComma.example
    let mark = openPoint.count > 0 ? "." : ","
    let other = mark == "." ? "," : "."
    return .error(
      "'\(example)' in column '\(column)' may have decimals or thousands behind '\(mark)', and nothing in the file tells",
      at: place, help: "say --decimal '\(mark)' or --decimal '\(other)' (in a plan: decimal: \"\(mark)\")")
  }
}
