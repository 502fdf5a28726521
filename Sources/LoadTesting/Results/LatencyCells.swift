import Glibc

/// The latencies of one second, in cells coarse enough to keep for every second of a test: each power of two of
/// nanoseconds is cut into 32, so that a quantile is right to 1.6 %. Adding the cells of several generators is exact.
public struct LatencyCells: Sendable, Equatable {
  /// Cells to a power of two: a divisor of the recorder's 256, so that its cells fall whole into these.
  public static let perOctave = 32
  /// All cells that there are: up to 2^44 ns, almost five hours.
  static let places = UInt16(LatencyRecorder.places / (LatencyRecorder.cells / perOctave))
  /// The cells that hold something, rising: `octave * 32 + part`.
  public private(set) var cells: [UInt16] = []
  /// How much each of them holds.
  public private(set) var counts: [UInt32] = []

  public init() {}

  /// - Parameter pairs: cell and count in turn, as ``pairs`` gives them. What is no cell is left out.
  public init(pairs: [Double]) {
    for i in stride(from: 0, to: pairs.count - 1, by: 2) {
      guard let cell = UInt16(exactly: pairs[i]), cell < Self.places, let count = UInt32(exactly: pairs[i + 1]),
        count > 0
      else { continue }
      add(cell, count)
    }
  }
  public var pairs: [Double] { zip(cells, counts).flatMap { [Double($0), Double($1)] } }
  public var count: Int { counts.reduce(0) { $0 + Int($1) } }

  /// The span of a cell in seconds.
  public static func bounds(of cell: Int) -> (low: Double, high: Double) {
    func edge(_ cell: Int) -> Double {
      scalbn(1 + Double(cell % perOctave) / Double(perOctave), Int32(truncatingIfNeeded: cell / perOctave)) / 1e9
    }
    return (edge(cell), edge(cell + 1))
  }

  mutating func add(_ cell: UInt16, _ count: UInt32) {
    if let last = cells.last, last >= cell {
      let place = cells.firstIndex { $0 >= cell } ?? cells.count
      if cells[place] == cell {
        counts[place] = counts[place].addingReportingOverflow(count).overflow ? .max : counts[place] + count
      } else {
        cells.insert(cell, at: place)
        counts.insert(count, at: place)
      }
    } else {
      cells.append(cell)
      counts.append(count)
    }
  }
  public mutating func merge(_ other: LatencyCells) {
    for (cell, count) in zip(other.cells, other.counts) { add(cell, count) }
  }

  /// Seconds at the rank `ceil(p * count)`, to the middle of its cell; nil where nothing was measured.
  public func quantile(_ p: Double) -> Double? {
    guard !cells.isEmpty, p.isFinite else { return nil }
    let rank = max(1, (min(1, max(0, p)) * Double(count) - 1e-9).rounded(.up))
    var seen = 0.0
    for (cell, n) in zip(cells, counts) {
      seen += Double(n)
      if seen >= rank {
        let (low, high) = Self.bounds(of: Int(cell))
        return (low + high) / 2
      }
    }
    return nil
  }
}
