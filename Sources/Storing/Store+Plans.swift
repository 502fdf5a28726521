import Quantities

/// A plan as it was at one time: what the user wrote and what came of it.
public struct StoredPlan: Hashable, Sendable {
  /// Its number in the store: later ones are higher.
  public var id: Int64
  public var name: String
  /// The fingerprint of `document`: equal texts have equal ones.
  public var hash: String
  /// The plan file, as written.
  public var document: String
  /// The result, as JSON.
  public var result: String
  public var saved: Timestamp
}

/// Something that was computed or measured for a plan: a simulation, a load test, a review.
public struct StoredRecord: Hashable, Sendable {
  public var id: Int64
  /// The name of the plan it belongs to.
  public var plan: String
  /// What it is: a run's kind (`simulate`, `load`) or a review's period (`weekly`).
  public var kind: String
  /// The result, as JSON.
  public var result: String
  public var saved: Timestamp
}

extension Store {
  /// Keeps a plan; earlier ones of the name stay as its history.
  ///
  /// - Parameters:
  ///   - document: The plan file's text.
  ///   - result: What came of it, as JSON.
  ///   - now: The time of saving.
  /// - Returns: Its number.
  @discardableResult public func savePlan(
    name: String, document: String, result: String, at now: Timestamp
  ) throws(StoringError) -> Int64 {
    try insert(
      "INSERT INTO plan (name, hash, document, result, saved_ns) VALUES (?, ?, ?, ?, ?)",
      [name, fingerprint(document), document, result], at: now)
  }

  /// The latest plan of each name, by name.
  public func plans() throws(StoringError) -> [StoredPlan] {
    try plans("WHERE id IN (SELECT max(id) FROM plan GROUP BY name) ORDER BY name", [])
  }

  /// All plans of a name, the latest first.
  public func planHistory(_ name: String) throws(StoringError) -> [StoredPlan] {
    try plans("WHERE name = ? ORDER BY id DESC", [name])
  }

  /// The latest plan of a name.
  /// - Throws: `StoringError/Code/notFound` with the nearest name.
  public func loadPlan(_ name: String) throws(StoringError) -> StoredPlan {
    if let latest = try plans("WHERE name = ? ORDER BY id DESC LIMIT 1", [name]).first { return latest }
    throw Store.notFound("plan", name, among: try plans().map { $0.name })
  }

  /// Keeps the result of a run. - Returns: Its number.
  @discardableResult public func saveRun(
    plan: String, kind: String, result: String, at now: Timestamp
  ) throws(StoringError) -> Int64 {
    try insert("INSERT INTO run (plan, kind, result, saved_ns) VALUES (?, ?, ?, ?)", [plan, kind, result], at: now)
  }

  /// The runs of a plan, the latest first; nil gives those of all plans.
  public func runs(of plan: String? = nil) throws(StoringError) -> [StoredRecord] {
    try records("SELECT id, plan, kind, result, saved_ns FROM run", of: plan)
  }

  /// Keeps a review of a plan against reality. - Returns: Its number.
  @discardableResult public func saveReview(
    plan: String, period: String, result: String, at now: Timestamp
  ) throws(StoringError) -> Int64 {
    try insert(
      "INSERT INTO review (plan, period, result, saved_ns) VALUES (?, ?, ?, ?)", [plan, period, result], at: now)
  }

  /// The reviews of a plan, the latest first; nil gives those of all plans. Their kind is the period.
  public func reviews(of plan: String? = nil) throws(StoringError) -> [StoredRecord] {
    try records("SELECT id, plan, period, result, saved_ns FROM review", of: plan)
  }

  /// Inserts a row of texts and the time, durably.
  private func insert(_ sql: String, _ texts: [String], at now: Timestamp) throws(StoringError) -> Int64 {
    try database.withLock { database throws(StoringError) in
      try database.transaction { () throws(StoringError) in
        let insert = try database.statement(sql)
        try insert.bind(texts.map { .text($0) } + [.integer(now.nanosecondsSinceEpoch)])
        try insert.run()
        return database.lastInsertedRow
      }
    }
  }

  private func plans(_ condition: String, _ texts: [String]) throws(StoringError) -> [StoredPlan] {
    try database.withLock { database throws(StoringError) in
      let query = try database.statement("SELECT id, name, hash, document, result, saved_ns FROM plan \(condition)")
      try query.bind(texts.map { .text($0) })
      return try query.rows { (row) throws(StoringError) in
        StoredPlan(
          id: row.integer64(0), name: row.text(1), hash: row.text(2), document: row.text(3), result: row.text(4),
          saved: Timestamp(nanosecondsSinceEpoch: row.integer64(5)))
      }
    }
  }

  private func records(_ select: String, of plan: String?) throws(StoringError) -> [StoredRecord] {
    try database.withLock { database throws(StoringError) in
      let query = try database.statement(select + (plan == nil ? "" : " WHERE plan = ?") + " ORDER BY id DESC")
      if let plan { try query.bind([.text(plan)]) }
      return try query.rows { (row) throws(StoringError) in
        StoredRecord(
          id: row.integer64(0), plan: row.text(1), kind: row.text(2), result: row.text(3),
          saved: Timestamp(nanosecondsSinceEpoch: row.integer64(4)))
      }
    }
  }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo), in hexadecimal: tells whether a text changed; no protection against forgery.
public func fingerprint(_ text: String) -> String { fingerprint(text.utf8) }

/// The same of bytes.
public func fingerprint(_ bytes: some Sequence<UInt8>) -> String {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
