/// How many columns of a terminal a text takes.
public enum DisplayWidth {
  /// The columns of a text without control characters or line breaks. Escape sequences of colour count as none.
  public static func of(_ text: some StringProtocol) -> Int {
    var isASCII = true
    var count = 0
    for byte in text.utf8 {
      if byte >= 0x7F || byte < 0x20 {
        isASCII = false
        break
      }
      count += 1
    }
    if isASCII { return count }
    var width = 0
    for cell in cells(of: text) { width += cell.width }
    return width
  }

  /// The text's beginning that fits into some columns.
  ///
  /// - Returns: the beginning, colour sequences included, and its columns.
  public static func prefix(_ text: some StringProtocol, columns: Int) -> (text: String, width: Int) {
    var kept = ""
    var width = 0
    var isCut = false
    for cell in cells(of: text) {
      isCut = isCut || width + cell.width > columns
      // Sequences after the cut are kept, so that a colour that was begun also ends.
      if isCut, !cell.text.hasPrefix("\u{1B}") { continue }
      kept += cell.text
      width += cell.width
    }
    return (kept, width)
  }

  /// The text in lines of so many columns: broken at spaces and after hyphens, within a word only where it is wider than a
  /// line. A number keeps its percent sign. A colour goes on over the break.
  public static func wrapped(_ text: some StringProtocol, columns: Int) -> [String] {
    let columns = max(1, columns)
    var lines: [[Cell]] = []
    var line: [Cell] = []
    var width = 0
    // How much of the line stays before the last place to break, and what goes on behind it; and the place before that.
    var places: [(kept: Int, next: Int)] = []
    for cell in cells(of: text) {
      if cell.width > 0, width + cell.width > columns {
        if cell.text == " " {
          lines.append(line)
          (line, width, places) = ([], 0, [])
          continue
        }
        let place = places.last { cell.text != "%" || $0.next != line.count } ?? (line.count, line.count)
        lines.append(Array(line[..<place.kept]))
        line = Array(line[place.next...])
        (width, places) = (line.reduce(0) { $0 + $1.width }, [])
      }
      if cell.text == "%", places.last?.next == line.count { places.removeLast() }
      if cell.text == " " {
        if width == 0 { continue }
        places.append((line.count, line.count + 1))
      }
      line.append(cell)
      width += cell.width
      if cell.text == "-", width > 1 { places.append((line.count, line.count)) }
    }
    if width > 0 || lines.isEmpty { lines.append(line) } else { lines[lines.count - 1] += line }
    let reset = "\u{1B}[0m"
    var colour = ""
    return lines.map { line in
      var text = colour
      for cell in line {
        text += cell.text
        if cell.text == reset { colour = "" } else if cell.text.hasPrefix("\u{1B}") { colour += cell.text }
      }
      return colour.isEmpty ? text : text + reset
    }
  }

  /// The text without its colour sequences.
  public static func withoutColor(_ text: some StringProtocol) -> String {
    text.contains("\u{1B}")
      ? cells(of: text).filter { !$0.text.hasPrefix("\u{1B}") }.map { $0.text }.joined() : String(text)
  }

  private struct Cell {
    var text: String
    var width: Int
  }

  /// The text as characters, each colour sequence as one without width.
  private static func cells(of text: some StringProtocol) -> [Cell] {
    var cells: [Cell] = []
    var sequence = ""
    for character in text {
      if !sequence.isEmpty {
        sequence.append(character)
        // A control sequence ends with a byte from @ to ~ (ECMA-48, 5.4); `[` after ESC only begins it.
        if sequence.count > 2, let byte = character.asciiValue, (0x40...0x7E).contains(byte) {
          cells.append(Cell(text: sequence, width: 0))
          sequence = ""
        }
      } else if character == "\u{1B}" {
        sequence = "\u{1B}"
      } else {
        cells.append(Cell(text: String(character), width: width(of: character)))
      }
    }
    if !sequence.isEmpty { cells.append(Cell(text: sequence, width: 0)) }
    return cells
  }

  /// 0 for controls and lone combining marks, 2 for East Asian wide characters and emoji, else 1.
  static func width(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.value < 0x20 || (0x7F..<0xA0).contains(first.value) { return 0 }
    let properties = first.properties
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }), properties.isEmoji { return 2 }
    return isWide(first.value) ? 2 : 1
  }

  /// The blocks whose characters are W or F in EastAsianWidth.txt (Unicode 15), joined where only unassigned code
  /// points lie between.
  private static func isWide(_ value: UInt32) -> Bool {
    guard value >= 0x1100 else { return false }
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
      0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x2FFFD,
      0x30000...0x3FFFD:
      return true
    default:
      return false
    }
  }
}
