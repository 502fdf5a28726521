import Quantities

/// A trace as it is kept: values at a uniform step, NaN for gaps.
public struct StoredTrace: Sendable, Equatable {
  public var name: String
  /// Where it came from: a file's name, or an address and a query.
  public var source: String
  public var start: Timestamp
  /// Positive.
  public var step: Duration
  /// The name of the users' clock, by which hours and weekdays are told: `Europe/Berlin`.
  public var zone: String
  /// In the base unit of what was measured.
  public var samples: [Double]
  /// The largest value inside each step, where finer samples were averaged into it; as long as `samples`.
  public var peaks: [Double]?

  /// - Precondition: `step` is at least a nanosecond.
  public init(
    name: String, source: String, start: Timestamp, step: Duration, zone: String = "UTC", samples: [Double],
    peaks: [Double]? = nil
  ) {
    precondition(step.nanoseconds > 0, "a trace needs a positive step")
    self.name = name
    self.source = source
    self.start = start
    self.step = step
    self.zone = zone
    self.samples = samples
    self.peaks = peaks
  }

  /// Gaps equal gaps, so that a trace equals itself.
  public static func == (a: StoredTrace, b: StoredTrace) -> Bool {
    func same(_ a: [Double], _ b: [Double]) -> Bool {
      a.elementsEqual(b) { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }
    return a.name == b.name && a.source == b.source && a.start == b.start && a.step == b.step && a.zone == b.zone
      && same(a.samples, b.samples) && (a.peaks == nil) == (b.peaks == nil) && same(a.peaks ?? [], b.peaks ?? [])
  }
}

/// A kept trace without its samples, for lists.
public struct TraceSummary: Hashable, Sendable {
  public var name: String
  public var source: String
  public var start: Timestamp
  public var step: Duration
  public var count: Int
  public var saved: Timestamp
}

extension Store {
  /// Keeps a trace, in place of one of the same name.
  /// - Parameter now: The time of saving.
  public func saveTrace(_ trace: StoredTrace, at now: Timestamp) throws(StoringError) {
    try database.withLock { database throws(StoringError) in
      try database.transaction { () throws(StoringError) in
        let insert = try database.statement(
          """
          INSERT INTO trace (name, source, start_ns, step_ns, zone, count, samples, peaks, saved_ns)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET source = excluded.source, start_ns = excluded.start_ns,
            step_ns = excluded.step_ns, zone = excluded.zone, count = excluded.count, samples = excluded.samples,
            peaks = excluded.peaks, saved_ns = excluded.saved_ns
          """)
        try insert.bind(
          .text(trace.name), .text(trace.source), .integer(trace.start.nanosecondsSinceEpoch),
          .integer(trace.step.nanoseconds), .text(trace.zone), .integer(Int64(trace.samples.count)),
          .blob(packed(trace.samples)), trace.peaks.map { .blob(packed($0)) } ?? .null,
          .integer(now.nanosecondsSinceEpoch))
        try insert.run()
      }
    }
  }

  /// The trace of a name.
  /// - Throws: `StoringError/Code/notFound` with the nearest name.
  public func loadTrace(_ name: String) throws(StoringError) -> StoredTrace {
    let found = try database.withLock { database throws(StoringError) -> StoredTrace? in
      let query = try database.statement(
        "SELECT source, start_ns, step_ns, count, samples, zone, peaks FROM trace WHERE name = ?")
      try query.bind(.text(name))
      return try query.rows { (row) throws(StoringError) -> StoredTrace in
        let samples = unpacked(row.blob(4))
        let peaks = row.isNull(6) ? nil : unpacked(row.blob(6))
        guard samples.count == row.integer(3), (peaks ?? samples).count == samples.count, row.integer64(2) > 0 else {
          throw StoringError(
            .damaged, "the trace '\(name)' in \(database.path) is damaged", remedy: "import it again from its source")
        }
        return StoredTrace(
          name: name, source: row.text(0), start: Timestamp(nanosecondsSinceEpoch: row.integer64(1)),
          step: .nanoseconds(row.integer64(2)), zone: row.text(5), samples: samples, peaks: peaks)
      }.first
    }
    if let found { return found }
    throw Store.notFound("trace", name, among: try listTraces().map { $0.name })
  }

  /// All traces by name, without their samples.
  public func listTraces() throws(StoringError) -> [TraceSummary] {
    try database.withLock { database throws(StoringError) in
      try database.statement("SELECT name, source, start_ns, step_ns, count, saved_ns FROM trace ORDER BY name").rows {
        (row) throws(StoringError) in
        TraceSummary(
          name: row.text(0), source: row.text(1), start: Timestamp(nanosecondsSinceEpoch: row.integer64(2)),
          step: .nanoseconds(row.integer64(3)), count: row.integer(4),
          saved: Timestamp(nanosecondsSinceEpoch: row.integer64(5)))
      }
    }
  }

  /// Forgets a trace.
  /// - Returns: Whether there was one of that name.
  @discardableResult public func deleteTrace(_ name: String) throws(StoringError) -> Bool {
    try database.withLock { database throws(StoringError) in
      try database.transaction { () throws(StoringError) in
        let delete = try database.statement("DELETE FROM trace WHERE name = ?")
        try delete.bind(.text(name))
        try delete.run()
        return database.changedRows > 0
      }
    }
  }
}

/// Little-endian doubles, eight bytes each: the same file reads alike on every machine.
func packed(_ samples: [Double]) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(samples.count * 8)
  for sample in samples { withUnsafeBytes(of: sample.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
  return bytes
}

/// The inverse of ``packed(_:)``; bytes past the last whole double are left out.
func unpacked(_ bytes: [UInt8]) -> [Double] {
  bytes.withUnsafeBytes { raw in
    (0..<(raw.count / 8)).map { index in
      Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
    }
  }
}
