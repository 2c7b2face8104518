"""Start of the frozen program: worker processes first, then the command line."""

import multiprocessing

if __name__ == "__main__":
    from app.core.installation import restore_library_path

    # workers, too, start programs of the system's, such as ffmpeg
    restore_library_path()
    multiprocessing.freeze_support()
    from app.begin import main

    raise SystemExit(main())
