import Documents
import Quantities

/// The system's tz database: the rules of a time zone by name.
public enum ZoneFiles {
  /// - Returns: nil where there is no such zone, or no database.
  public static func zone(named name: String) -> TimeZoneRules? {
    if name == "UTC" || name == "Z" { return .utc }
    guard !name.contains(".."), !name.hasPrefix("/"), let bytes = try? Input.read(path: "/usr/share/zoneinfo/\(name)")
    else { return nil }
    return TimeZoneRules(name: name, tzif: bytes)
  }
}
