/// Values as a row, or a few rows, of bars: `▁▂▃▄▅▆▇█`.
public enum Sparkline {
  private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  /// In ASCII the more ink the higher.
  private static let signs: [Character] = [" ", "_", ".", ":", "-", "=", "+", "*", "#"]

  /// - Parameters:
  ///   - values: what is not finite is a gap.
  ///   - width: columns at most; of more values the highest of each column's share is shown, so that peaks survive.
  ///   - rows: how many rows of text high.
  ///   - isFromZero: whether the bars begin at zero, else at the lowest value.
  /// - Returns: the rows, without a line break after the last.
  public static func text(
    _ values: [Double], width: Int = 40, rows: Int = 1, isFromZero: Bool = true, style: Style = .plain
  ) -> String {
    let shown = highest(of: values, columns: max(1, width))
    let finite = shown.filter { $0.isFinite }
    guard let highest = finite.max(), let lowest = finite.min(), rows > 0 else {
      return String(repeating: " ", count: shown.count)
    }
    let low = isFromZero ? min(0, lowest) : lowest
    let high = isFromZero ? max(0, highest) : highest
    let size = max(abs(low), abs(high))
    // One value everywhere: a row of middle height says "flat" where a full one would say "peak".
    let isFlat = low == high
    let levels = shown.map { value -> Int? in
      guard value.isFinite else { return nil }
      if isFlat { return isFromZero ? 1 : rows * 4 }
      let place = (value / size - low / size) / (high / size - low / size)
      // The lowest level is 1: zero is a value, a blank is none.
      return 1 + Int((place * Double(rows * 8 - 1)).rounded())
    }
    let glyphs = style.isUnicode ? blocks : signs
    let lines = (0..<rows).reversed().map { row in
      String(levels.map { level in level.map { glyphs[min(8, max(0, $0 - row * 8))] } ?? " " })
    }
    return lines.joined(separator: "\n")
  }

  private static func highest(of values: [Double], columns: Int) -> [Double] {
    guard values.count > columns else { return values }
    return (0..<columns).map { column in
      let share = values[(values.count * column / columns)..<(values.count * (column + 1) / columns)]
      return share.filter { $0.isFinite }.max() ?? .nan
    }
  }
}
