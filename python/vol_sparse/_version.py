"""The version of this package."""

# The build writes the version of the root pom.xml here.
__version__ = "@project.version@"
