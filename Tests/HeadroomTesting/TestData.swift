import Glibc

/// Where the measured data that is not ours to ship lies: the variable `HEADROOM_DATA`, else `../shared/data`
/// beside the checkout. Tests that need it are skipped with a word where it is absent.
public enum TestData {
  /// The data folder, or nil where there is none.
  public static let folder: String? = {
    if let named = getenv("HEADROOM_DATA") { return String(cString: named) }
    var here = #filePath.split(separator: "/").dropLast(3).map(String.init)
    while !here.isEmpty {
      here.removeLast()
      let candidate = "/" + (here + ["shared", "data"]).joined(separator: "/")
      if access(candidate, R_OK) == 0 { return candidate }
    }
    return nil
  }()

  /// Whether the measured data is there.
  public static var isPresent: Bool { folder != nil }

  /// The path of one data file, whether or not it exists.
  public static func path(_ relative: String) -> String { (folder ?? "") + "/" + relative }

  /// The root of the checkout.
  public static let checkout: String = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
