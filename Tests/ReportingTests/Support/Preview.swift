import Glibc

/// Writes pages for looking at with a browser, where the variable `HEADROOM_PREVIEW` names a folder.
enum Preview {
  static let folder: String? = getenv("HEADROOM_PREVIEW").map { String(cString: $0) }

  static func write(_ text: String, to name: String) {
    guard let folder, let file = fopen(folder + "/" + name, "w") else { return }
    fputs(text, file)
    fclose(file)
  }
}
