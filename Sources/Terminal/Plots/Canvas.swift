/// A grid of characters that lines are drawn into: 2 by 4 braille dots each, or one sign each.
struct Canvas {
  let columns: Int
  let rows: Int
  let isBraille: Bool

  /// Braille: the dots of each cell; else 1 where something is.
  private var cells: [UInt8]
  /// The last line that drew into a cell.
  private var owners: [Int?]

  var dotColumns: Int { isBraille ? columns * 2 : columns }
  private var dotRows: Int { isBraille ? rows * 4 : rows }

  init(columns: Int, rows: Int, isBraille: Bool) {
    self.columns = columns
    self.rows = rows
    self.isBraille = isBraille
    cells = [UInt8](repeating: 0, count: columns * rows)
    owners = [Int?](repeating: nil, count: columns * rows)
  }

  /// The bits of a braille character's dots, by row and column (Unicode, block U+2800).
  private static let dots: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  /// Signs of the lines where there is no braille.
  private static let signs: [Character] = ["*", "o", "+", "x", "#", "@"]

  /// Which columns of dots a line fills: all, then dashes, dots, dash-dots, so that lines differ without colour.
  private static let patterns: [[Bool]] = [
    [true], [true, true, true, true, false, false, false], [true, false, false],
    [true, true, true, true, true, false, false, true, false, false],
  ]

  /// Draws what `Raster` made of a line.
  ///
  /// - Parameter series: its number, which decides about its pattern or sign.
  mutating func draw(_ spans: [Raster.Span], series: Int) {
    let pattern = isBraille ? Canvas.patterns[series % Canvas.patterns.count] : [true]
    for span in spans {
      let top = dotRow(span.high)
      let bottom = dotRow(span.low)
      // A peak of one column must not fall into a pattern's gap.
      guard pattern[span.column % pattern.count] || bottom - top > 2 else { continue }
      for row in top...max(top, bottom) { set(span.column, row, series) }
    }
  }

  private func dotRow(_ place: Double) -> Int {
    dotRows - 1 - Int((min(1, max(0, place)) * Double(dotRows - 1)).rounded())
  }

  private mutating func set(_ column: Int, _ row: Int, _ series: Int) {
    let cell = isBraille ? row / 4 * columns + column / 2 : row * columns + column
    if isBraille {
      cells[cell] |= Canvas.dots[row % 4][column % 2]
    } else {
      cells[cell] = 1
    }
    owners[cell] = series
  }

  /// One row of characters.
  ///
  /// - Parameter paint: the colour of a line, or nil for none.
  func line(_ row: Int, paint: (Int) -> ((String) -> String)?) -> String {
    var line = ""
    var run = ""
    var runOwner: Int?
    func close() {
      if let runOwner, let paint = paint(runOwner) { line += paint(run) } else { line += run }
      run = ""
    }
    for column in 0..<columns {
      let cell = row * columns + column
      let owner = owners[cell]
      if owner != runOwner {
        close()
        runOwner = owner
      }
      run.append(character(cell))
    }
    close()
    return line
  }

  private func character(_ cell: Int) -> Character {
    guard let owner = owners[cell] else { return " " }
    guard isBraille else { return Canvas.signs[owner % Canvas.signs.count] }
    return Unicode.Scalar(0x2800 + UInt32(cells[cell])).map(Character.init) ?? " "
  }

  /// A short piece of a line, for the key.
  static func sample(series: Int, isBraille: Bool) -> String {
    guard isBraille else { return String(signs[series % signs.count]) }
    var canvas = Canvas(columns: 5, rows: 1, isBraille: true)
    canvas.draw((0..<10).map { Raster.Span(column: $0, low: 0.4, high: 0.4) }, series: series)
    return String((0..<5).map { canvas.character($0) })
  }
}
