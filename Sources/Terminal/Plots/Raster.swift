/// Turns values into what each column of dots shows.
enum Raster {
  /// The dots of one column, from the lowest to the highest place, 0 to 1.
  struct Span: Hashable {
    var column: Int
    var low: Double
    var high: Double
  }

  /// - Parameters:
  ///   - columns: of dots.
  ///   - place: 0 to 1 for a finite value.
  /// - Returns: the columns that show something, at most one span each, from left to right. Neighbours that belong
  ///   together touch.
  static func spans(of values: [Double], columns: Int, place: (Double) -> Double) -> [Span] {
    guard columns > 0, !values.isEmpty else { return [] }
    return values.count > columns
      ? binned(values, columns: columns, place: place) : joined(values, columns: columns, place: place)
  }

  /// Many values: the lowest and highest of each column's share.
  private static func binned(_ values: [Double], columns: Int, place: (Double) -> Double) -> [Span] {
    var spans: [Span] = []
    for column in 0..<columns {
      let begin = values.count * column / columns
      let end = values.count * (column + 1) / columns
      var low = Double.infinity
      var high = -Double.infinity
      // The value before belongs to it too: the line comes from there.
      for index in max(0, begin - 1)..<end where values[index].isFinite {
        if index < begin, !values[begin].isFinite { continue }
        low = min(low, values[index])
        high = max(high, values[index])
      }
      if low <= high { spans.append(Span(column: column, low: place(low), high: place(high))) }
    }
    return spans
  }

  /// Few values: straight lines between neighbours.
  private static func joined(_ values: [Double], columns: Int, place: (Double) -> Double) -> [Span] {
    var ends: [Int: (low: Double, high: Double)] = [:]
    func mark(_ column: Int, _ a: Double, _ b: Double) {
      let old = ends[column] ?? (.infinity, -.infinity)
      ends[column] = (min(old.low, a, b), max(old.high, a, b))
    }
    let stretch = values.count > 1 ? Double(columns - 1) / Double(values.count - 1) : 0
    for (index, value) in values.enumerated() where value.isFinite {
      let x = Double(index) * stretch
      let y = place(value)
      mark(Int(x.rounded()), y, y)
      guard index + 1 < values.count, values[index + 1].isFinite else { continue }
      let nextY = place(values[index + 1])
      func height(_ column: Double) -> Double { y + (nextY - y) * min(1, max(0, (column - x) / stretch)) }
      for column in Int(x.rounded())...Int((x + stretch).rounded()) {
        mark(column, height(Double(column) - 0.5), height(Double(column) + 0.5))
      }
    }
    return ends.sorted { $0.key < $1.key }.map { Span(column: $0.key, low: $0.value.low, high: $0.value.high) }
  }
}
