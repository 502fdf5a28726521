import Foundation
import Quantities
import Testing
import Traffic

@testable import Storing

/// A folder of its own for one test, gone afterwards.
final class Folder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "headroom-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func file(_ name: String) -> String { path + "/" + name }
}

/// The error of a call, or nil where it went well.
func failure<Value>(_ body: () throws(StoringError) -> Value) -> StoringError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

let noon = Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_000)

func trace(_ name: String, _ samples: [Double] = [1, .nan, 2.5]) -> StoredTrace {
  StoredTrace(name: name, source: "test.csv", start: noon, step: .seconds(60), zone: "Europe/Berlin", samples: samples)
}

@Suite struct StoreTests {
  let folder: Folder
  let path: String
  init() throws {
    folder = try Folder()
    path = folder.file("headroom.db")
  }

  @Test("a trace comes back as it was saved, gaps and extremes included, from another connection")
  func traceRoundTrip() throws {
    let saved = trace("api", [0, -0.0, .nan, 1e308, -1e-308, .infinity])
    try Store(path: path).saveTrace(saved, at: noon)
    #expect(try Store(path: path).loadTrace("api") == saved)
    #expect(try Store(path: path, access: .readOnly).loadTrace("api") == saved)
  }

  @Test("a trace of Traffic comes back with its peaks and the name of its clock")
  func trafficRoundTrip() throws {
    let series = TimeSeries<RequestRate>(start: noon, step: .seconds(300), rawValues: [1, .nan, 3])
    let zone = TimeZoneRules.fixed(name: "Test/Zone", offset: 3600)
    let original = Trace(
      series: series, source: "test.csv", zone: zone, peaksWithinStep: series.with(rawValues: [2, .nan, 9]))
    let store = try Store(path: path)
    try store.saveTrace(StoredTrace(original, name: "api"), at: noon)
    let stored = try store.loadTrace("api")
    #expect(stored.zone == "Test/Zone")
    let back = stored.trace(zone: zone)
    #expect(back.series == series)
    #expect(back.peaksWithinStep == original.peaksWithinStep)
    #expect(back.source == "test.csv")
  }

  @Test("a trace of no samples, and one of a million, come back")
  func traceSizes() throws {
    let store = try Store(path: path)
    try store.saveTrace(trace("empty", []), at: noon)
    let million = (0..<1_000_000).map { Double($0) * 0.1 }
    try store.saveTrace(trace("million", million), at: noon)
    #expect(try store.loadTrace("empty").samples.isEmpty)
    #expect(try store.loadTrace("million").samples == million)
  }

  @Test("saving again under a name replaces the trace")
  func replaces() throws {
    let store = try Store(path: path)
    try store.saveTrace(trace("api"), at: noon)
    try store.saveTrace(trace("api", [7]), at: noon + .seconds(60))
    #expect(try store.loadTrace("api").samples == [7])
    #expect(
      try store.listTraces() == [
        TraceSummary(
          name: "api", source: "test.csv", start: noon, step: .seconds(60), count: 1, saved: noon + .seconds(60))
      ])
  }

  @Test("an unknown name is an error that names the nearest one")
  func unknownName() throws {
    let store = try Store(path: path)
    #expect(failure { () throws(StoringError) in try store.loadTrace("checkout") }?.remedy.contains("save one") == true)
    try store.saveTrace(trace("checkout"), at: noon)
    let error = failure { () throws(StoringError) in try store.loadTrace("chekcout") }
    #expect(error?.code == .notFound)
    #expect(error?.remedy == "did you mean 'checkout'?")
  }

  @Test("a deleted trace is gone; deleting nothing says so")
  func delete() throws {
    let store = try Store(path: path)
    try store.saveTrace(trace("api"), at: noon)
    #expect(try store.deleteTrace("api"))
    #expect(try !store.deleteTrace("api"))
    #expect(try store.listTraces().isEmpty)
  }

  @Test("plans keep their history; the list shows the latest of each name")
  func plans() throws {
    let store = try Store(path: path)
    try store.savePlan(name: "b", document: "x: 1", result: "{\"n\":1}", at: noon)
    try store.savePlan(name: "b", document: "x: 2", result: "{\"n\":2}", at: noon + .seconds(1))
    try store.savePlan(name: "a", document: "x: 1", result: "{}", at: noon)
    #expect(try store.plans().map(\.name) == ["a", "b"])
    #expect(try store.loadPlan("b").result == "{\"n\":2}")
    #expect(try store.planHistory("b").map(\.document) == ["x: 2", "x: 1"])
    #expect(try store.loadPlan("a").hash == store.planHistory("b")[1].hash)
    #expect(try store.loadPlan("a").hash != store.loadPlan("b").hash)
  }

  @Test("runs and reviews belong to a plan, the latest first")
  func records() throws {
    let store = try Store(path: path)
    try store.saveRun(plan: "a", kind: "simulate", result: "1", at: noon)
    try store.saveRun(plan: "a", kind: "load", result: "2", at: noon)
    try store.saveRun(plan: "b", kind: "load", result: "3", at: noon)
    try store.saveReview(plan: "a", period: "weekly", result: "4", at: noon)
    #expect(try store.runs(of: "a").map(\.result) == ["2", "1"])
    #expect(try store.runs().map(\.result) == ["3", "2", "1"])
    #expect(try store.reviews(of: "a").map(\.kind) == ["weekly"])
    #expect(try store.reviews(of: "b").isEmpty)
  }

  @Test("quotes, line breaks and NUL in names are data, not SQL")
  func hostileNames() throws {
    let store = try Store(path: path)
    for name in ["'; DROP TABLE trace; --", "a\nb", "nul\0inside", "ümläut 🚀", ""] {
      try store.saveTrace(trace(name), at: noon)
      #expect(try store.loadTrace(name).name == name)
    }
    #expect(try store.listTraces().count == 5)
  }

  @Test("the fingerprint is FNV-1a with 64 bits")
  func fingerprints() {
    // Test vectors of the FNV authors (draft-eastlake-fnv, section 6.2).
    #expect(fingerprint("") == "cbf29ce484222325")
    #expect(fingerprint("a") == "af63dc4c8601ec8c")
    #expect(fingerprint("foobar") == "85944171f73967e8")
  }

  @Test("many threads may use one store")
  func threads() async throws {
    let store = try Store(path: path)
    await withTaskGroup(of: Void.self) { group in
      for i in 0..<20 { group.addTask { try? store.saveTrace(trace("t\(i)"), at: noon) } }
    }
    #expect(try store.listTraces().count == 20)
  }

  @Test("a new file may be opened by many at once")
  func openedByMany() async throws {
    let path = path
    let opened = await withTaskGroup(of: StoringError?.self) { group in
      for i in 0..<8 {
        group.addTask {
          failure { () throws(StoringError) in try Store(path: path).saveTrace(trace("t\(i)"), at: noon) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(opened.compactMap { $0 }.isEmpty)
    #expect(try Store(path: path).listTraces().count == 8)
  }

  @Test("forecasts of a series are kept with their start and step, the latest first")
  func forecasts() throws {
    let store = try Store(path: path)
    for day in 0..<2 {
      try store.saveForecast(
        of: "shop", start: noon + .days(Double(day)), step: .hours(1), result: "{\"mean\":[\(day)]}", at: noon)
    }
    try store.saveForecast(of: "pay", start: noon, step: .minutes(5), result: "{}", at: noon)
    let shop = try store.forecasts(of: "shop")
    #expect(
      shop.map(\.start) == [noon + .days(1), noon] && shop.map(\.result) == ["{\"mean\":[1]}", "{\"mean\":[0]}"])
    #expect(try store.forecasts().first?.step == .minutes(5))
    #expect(try store.forecasts(of: "none").isEmpty)
  }
}
