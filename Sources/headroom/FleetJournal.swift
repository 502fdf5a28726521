import Documents
import Glibc
import Planning
import Quantities
import Storing
import Terminal

/// What a fleet's run has answered so far, in a file: a run that was killed goes on where it stopped.
///
/// A record holds the rows of one unit with the size and the time of every file that they were answered from; where one of
/// them has changed since, the unit is answered again.
struct FleetJournal: Sendable {
  /// What the work is.
  struct Header: Sendable {
    var version: String
    var fleet: String
    var plan: String
    var catalog: String
    var seed: UInt64
    var now: Timestamp
    var isNowGiven: Bool

    /// What must be the same for going on.
    fileprivate var fixed: [(String, String)] {
      [
        ("version", version), ("fleet", fleet), ("plan", plan), ("catalog", catalog), ("seed", "\(seed)"),
      ]
    }

    fileprivate var bytes: [UInt8] {
      var json = JSONWriter()
      json.object { json in
        json.key("schema")
        json.string("headroom/fleet-journal/1")
        for (key, value) in fixed {
          json.key(key)
          json.string(value)
        }
        json.key("now")
        json.string("\(now.nanosecondsSinceEpoch)")
        json.key("now_given")
        json.bool(isNowGiven)
      }
      return json.bytes
    }
  }

  private let journal: Journal
  /// The moment for which it was begun.
  let now: Timestamp?
  let isNowGiven: Bool
  /// The rows of what is done and still holds, by unit.
  let done: [String: [FleetRow]]

  /// - Throws: ``Failure`` where the file is the journal of other work.
  init(path: String, header: Header) throws {
    journal = try Journal(path: path, header: header.bytes)
    guard let node = try? JSON.parse(journal.header), node["schema"]?.text == "headroom/fleet-journal/1" else {
      throw Failure("\(path) is no journal of a fleet. Name another file.", exitCode: .badInput)
    }
    for (key, value) in header.fixed where node[key]?.text != value {
      throw Failure(
        "The journal \(path) is of another run: its \(key) is '\(node[key]?.text ?? "")', not '\(value)'. Name another file, or remove it to begin anew.",
        exitCode: .badInput)
    }
    let begun = node["now"]?.text.flatMap { Int64($0) }.map { Timestamp(nanosecondsSinceEpoch: $0) }
    if header.isNowGiven, begun != header.now {
      throw Failure(
        "The journal \(path) is of another moment\(begun.map { ", \($0.iso8601)" } ?? ""). Leave --now out to go on with it, or name another file.",
        exitCode: .badInput)
    }
    now = begun
    isNowGiven = node["now_given"]?.bool ?? false
    var done: [String: [FleetRow]] = [:]
    for record in journal.records {
      guard let node = try? JSON.parse(record), let unit = node["unit"]?.text else { continue }
      let rows = node["rows"]?.elements?.compactMap { FleetRow($0) } ?? []
      guard !rows.isEmpty, rows.count == node["rows"]?.count, Self.isUnchanged(node["inputs"]) else {
        done[unit] = nil
        continue
      }
      done[unit] = rows
    }
    self.done = done
  }

  /// Keeps the rows of a unit. Faults are kept as well: what is mended since is answered again.
  func append(_ unit: String, _ rows: [FleetRow], inputs: [String]) throws(StoringError) {
    var json = JSONWriter()
    json.object { json in
      json.key("unit")
      json.string(unit)
      json.key("inputs")
      json.array { json in
        for path in inputs {
          json.object { json in
            json.key("path")
            json.string(path)
            json.key("state")
            json.string(Self.state(of: path))
          }
        }
      }
      json.key("rows")
      json.array { json in for row in rows { json.object { json in row.write(to: &json) } } }
    }
    try journal.append(json.bytes)
  }

  func sync() throws(StoringError) { try journal.sync() }

  /// Size and time of a file as they tell a change; a file that is not there has a state, too.
  private static func state(of path: String) -> String {
    var info = stat()
    guard stat(path, &info) == 0 else { return "-" }
    return "\(info.st_size) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
  }

  private static func isUnchanged(_ inputs: Node?) -> Bool {
    (inputs?.elements ?? []).allSatisfy { input in
      input["path"]?.text.map { state(of: $0) == input["state"]?.text } ?? false
    }
  }
}
