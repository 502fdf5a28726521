/// Long series drawn in few pixels without losing their peaks: of every pixel column the lowest and the highest
/// point are kept, in the order in which they came. No smoothing.
enum Downsampling {
  /// The indices to draw, as one list for each run between gaps.
  ///
  /// A column of gaps alone ends a run; a series with fewer than two points a column is kept whole.
  /// - Parameters:
  ///   - values: NaN (and infinity) marks a gap.
  ///   - columns: pixel columns, one or more.
  static func runs(_ values: ArraySlice<Double>, columns: Int) -> [[Int]] {
    var runs: [[Int]] = []
    var run: [Int] = []
    func finished() { if !run.isEmpty { runs.append(run) } }
    guard values.count > 2 * max(1, columns) else {
      for i in values.indices {
        if values[i].isFinite {
          run.append(i)
        } else {
          finished()
          run = []
        }
      }
      finished()
      return runs
    }
    let n = values.count
    for c in 0..<columns {
      let from = values.startIndex + c * n / columns
      let to = values.startIndex + (c + 1) * n / columns
      var low: Int?
      var high: Int?
      for i in from..<to where values[i].isFinite {
        if low.map({ values[i] < values[$0] }) ?? true { low = i }
        if high.map({ values[i] > values[$0] }) ?? true { high = i }
      }
      guard let low, let high else {
        finished()
        run = []
        continue
      }
      run.append(min(low, high))
      if low != high { run.append(max(low, high)) }
    }
    finished()
    return runs
  }

  /// One value a column: the smallest or the largest. For the edges of bands.
  static func extremes(_ values: ArraySlice<Double>, columns: Int, largest: Bool) -> [(index: Int, value: Double)] {
    let n = values.count
    let cells = n > columns ? max(1, columns) : n
    return (0..<cells).map { c in
      let from = values.startIndex + c * n / cells
      let to = values.startIndex + (c + 1) * n / cells
      var best = Double.nan
      for i in from..<to where values[i].isFinite && (best.isNaN || (largest ? values[i] > best : values[i] < best)) {
        best = values[i]
      }
      return (from, best)
    }
  }
}
