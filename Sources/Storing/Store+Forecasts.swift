import Quantities

/// A forecast as it was made at one time, to be held against what then came.
public struct StoredForecast: Hashable, Sendable {
  /// Its number in the store: later ones are higher.
  public var id: Int64
  /// The series' name.
  public var series: String
  /// The first step ahead, and the step.
  public var start: Timestamp
  public var step: Duration
  /// The answer as `headroom forecast --batch` gives it: `mean`, the quantiles and `peak` as JSON.
  public var result: String
  public var saved: Timestamp

  /// - Parameter id: 0 for one that is not kept yet.
  public init(id: Int64 = 0, series: String, start: Timestamp, step: Duration, result: String, saved: Timestamp) {
    self.id = id
    self.series = series
    self.start = start
    self.step = step
    self.result = result
    self.saved = saved
  }
}

extension Store {
  /// Keeps a forecast; earlier ones of the series stay.
  ///
  /// - Parameters:
  ///   - start: the first step ahead.
  ///   - result: the answer as JSON.
  ///   - now: the time of saving.
  /// - Returns: Its number.
  @discardableResult public func saveForecast(
    of series: String, start: Timestamp, step: Duration, result: String, at now: Timestamp
  ) throws(StoringError) -> Int64 {
    try database.withLock { database throws(StoringError) in
      try database.transaction { () throws(StoringError) in
        let insert = try database.statement(
          "INSERT INTO forecast (series, start_ns, step_ns, result, saved_ns) VALUES (?, ?, ?, ?, ?)")
        try insert.bind([
          .text(series), .integer(start.nanosecondsSinceEpoch), .integer(step.nanoseconds), .text(result),
          .integer(now.nanosecondsSinceEpoch),
        ])
        try insert.run()
        return database.lastInsertedRow
      }
    }
  }

  /// Keeps several forecasts, all or none of them; their numbers are given anew.
  public func saveForecasts(_ forecasts: [StoredForecast]) throws(StoringError) {
    try database.withLock { database throws(StoringError) in
      try database.transaction { () throws(StoringError) in
        let insert = try database.statement(
          "INSERT INTO forecast (series, start_ns, step_ns, result, saved_ns) VALUES (?, ?, ?, ?, ?)")
        for one in forecasts {
          try insert.bind([
            .text(one.series), .integer(one.start.nanosecondsSinceEpoch), .integer(one.step.nanoseconds),
            .text(one.result), .integer(one.saved.nanosecondsSinceEpoch),
          ])
          try insert.run()
        }
      }
    }
  }

  /// The names of all series of which a forecast is kept, in order.
  public func forecastSeries() throws(StoringError) -> [String] {
    try database.withLock { database throws(StoringError) in
      try database.statement("SELECT DISTINCT series FROM forecast ORDER BY series").rows {
        (row) throws(StoringError) in row.text(0)
      }
    }
  }

  /// The forecasts of a series, the latest first; nil gives those of all series.
  public func forecasts(of series: String? = nil) throws(StoringError) -> [StoredForecast] {
    try database.withLock { database throws(StoringError) in
      let query = try database.statement(
        "SELECT id, series, start_ns, step_ns, result, saved_ns FROM forecast"
          + (series == nil ? "" : " WHERE series = ?") + " ORDER BY id DESC")
      if let series { try query.bind([.text(series)]) }
      return try query.rows { (row) throws(StoringError) in
        StoredForecast(
          id: row.integer64(0), series: row.text(1), start: Timestamp(nanosecondsSinceEpoch: row.integer64(2)),
          step: .nanoseconds(row.integer64(3)), result: row.text(4),
          saved: Timestamp(nanosecondsSinceEpoch: row.integer64(5)))
      }
    }
  }
}
