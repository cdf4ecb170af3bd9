"""Pictures of pages: a browser without a window looks at a page for a while, and keeps what it shows as PNG."""

import shutil
import subprocess

SIZE = "1440,900"


def picture(run, name, url):
    """Keeps a picture of the page, where pictures were asked for."""
    if not run.pictures:
        return
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        print(f"        no picture of {name}: there is no chromium")
        return
    run.pictures.mkdir(parents=True, exist_ok=True)
    path, profile = run.pictures / f"{name}.png", run.folder("browser")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}",
        f"--window-size={SIZE}", "--virtual-time-budget=30000", "--timeout=60000", f"--screenshot={path}", url,
    ]
    with open(profile / "log", "wb") as log:
        subprocess.run(command, stdout=log, stderr=log, timeout=180, check=False)
    print(f"        picture of {name}: {path if path.exists() else 'none, ' + str(profile / 'log')}")
